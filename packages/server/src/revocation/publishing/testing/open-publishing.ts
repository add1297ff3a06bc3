import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AuthorityKeyType, IssueOptions, TokenKeys } from '../../../authority/index.ts';
import type { House } from '../../../authority/testing/open-house.ts';
import { createRouter, crlEndpoint, ocspEndpoint, RequestCounts } from '../../../http/index.ts';
import { openRevocation, type RevocationHouse, withRevocation } from '../../testing/open-revocation.ts';
import { RootCrls } from '../offline/root-crls.ts';
import { Publishing } from '../publishing.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface PublishingHouse extends RevocationHouse {
  readonly publishing: Publishing;
  readonly rootCrls: RootCrls;
  /** What went wrong behind the scenes. */
  readonly errors: unknown[];
  /** Makes this process know too little of late. */
  stale: boolean;
  readonly issue: (options?: Partial<IssueOptions>) => ReturnType<House['authority']['issue']>;
  /** `http://127.0.0.1:PORT`, where `/crl/…` and `/ocsp` are served as the listener `pki` does. */
  readonly url: string;
  readonly get: (
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: Buffer },
  ) => Promise<HttpAnswer>;
  /** The path of the CRL that a certificate names. */
  readonly crlPath: (certificate: {
    readonly crlDistributionPoints?: readonly unknown[] | undefined;
    readonly der: Buffer;
  }) => string;
  /** Another process over the same database. */
  readonly another: () => Promise<PublishingHouse>;
}

/** A certificate with its chain, and the key that was made for it. */
export type Issued = Awaited<ReturnType<PublishingHouse['issue']>>;

export interface OpenPublishing {
  readonly url?: string;
  readonly algorithm?: AuthorityKeyType;
  readonly liveSignaturesPerSecond?: number;
  readonly clock?: () => number;
  readonly tokenKeys?: TokenKeys;
}

/** A house with its revocation, its CRLs and its OCSP responder behind a real HTTP listener. */
export async function openPublishing(
  test: TestContext,
  options: OpenPublishing = {},
): Promise<PublishingHouse> {
  return publish(test, await openRevocation(test, options), options);
}

async function publish(
  test: TestContext,
  house: RevocationHouse,
  options: OpenPublishing,
): Promise<PublishingHouse> {
  const errors: unknown[] = [];
  const { storage, authority, clock } = house;
  const state = { stale: false };
  const publishing = new Publishing({
    store: storage.publishing,
    authorities: authority,
    feed: storage.feed,
    pkiUrl: 'http://pki.mortise.example:8080',
    clock: clock.read,
    isStale: () => state.stale,
    onError: (error) => errors.push(error),
    ...(options.liveSignaturesPerSecond === undefined
      ? {}
      : { liveSignaturesPerSecond: options.liveSignaturesPerSecond }),
  });
  const rootCrls = new RootCrls({
    store: storage.publishing,
    acts: storage.revocation,
    authorities: authority,
    clock: clock.read,
  });
  const url = await listen(test, publishing, clock.read);
  test.after(() => publishing.close());
  return {
    ...house,
    publishing,
    rootCrls,
    errors,
    get stale() {
      return state.stale;
    },
    set stale(value) {
      state.stale = value;
    },
    issue: (more = {}) => authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli', ...more }),
    url,
    get: (path, { method = 'GET', headers = {}, body } = {}) => get(`${url}${path}`, method, headers, body),
    crlPath: ({ der }) => /\/crl\/[A-Za-z0-9_-]+\/\d+\.crl/.exec(der.toString('latin1'))![0],
    another: async () => publish(test, await withRevocation(test, await house.again()), options),
  };
}

async function listen(test: TestContext, publishing: Publishing, clock: () => number): Promise<string> {
  const crl = crlEndpoint({ prefix: '/crl/', find: (scope) => publishing.crls.find(scope), clock });
  const ocsp = ocspEndpoint({ path: '/ocsp', answer: (der) => publishing.ocsp.answer(der), clock });
  const server = createServer(
    createRouter({
      listener: 'pki',
      routes: [
        { listeners: ['pki'], method: 'GET', path: '/crl/*', handle: crl },
        { listeners: ['pki'], method: 'any', path: '/ocsp', handle: ocsp },
        { listeners: ['pki'], method: 'any', path: '/ocsp/*', handle: ocsp },
      ],
      certificateOf: () => undefined,
      counts: new RequestCounts(),
      headers: {},
      log: { error: (fields) => console.error(fields) },
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function get(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A folder with these files, gone after the test. */
export function filesFor(test: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-publishing-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Runs a program; resolves with its status and everything that it said. */
export function run(
  program: string,
  args: readonly string[],
  folder: string,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd: folder }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
    );
    child.stdin?.end();
  });
}
