/**
 * Certificates issued from requests and stored, beside all cryptographic operations that each takes: the key of the request imported and its
 * signature verified, a random serial number, the hashes of the key and the certificate, a signature with a throw-away key for the lint, and the
 * signature.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  randomFillSync,
  sign,
  verify,
} from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateRequest } from '@mortise/x509';
import { postgresCluster } from '../../packages/server/src/storage/testing/postgres-cluster.ts';
import { makeRequests, openHouse, timed } from '../house.ts';
import { type Figure, median, round } from '../table.ts';

const inFlight = 16;
const batch = 500;
/** Batches until the code is compiled and the database has planned its statements: an authority issues for longer than that. */
const warmUps = 40;

export async function issuing(rounds: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-bench-'));
  try {
    const figures = [await issuingOn('SQLite', `sqlite:${join(folder, 'mortise.db')}`, rounds)];
    const cluster = await postgresCluster().catch(() => undefined);
    if (cluster === undefined)
      process.stderr.write('skipped: issuing on PostgreSQL, which is not installed\n');
    else figures.push(await issuingOn('PostgreSQL', await cluster.createDatabase(), rounds));
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function issuingOn(database: string, url: string, rounds: number): Promise<Figure> {
  const requests = await makeRequests(batch);
  const house = await openHouse(url);
  try {
    const issue = (): Promise<number> =>
      timed(batch, inFlight, (index) =>
        house.authority.issue({
          profile: 'server',
          names: ['a.example'],
          csr: requests[index]!,
          actor: 'cli',
        }),
      );
    const raw = rawOperations(requests);
    for (let warm = 0; warm < warmUps; warm += 1) await issue();
    raw();
    const pairs: { ratio: number; ms: number; rawMs: number }[] = [];
    for (let turn = 0; turn < 2 * rounds; turn += 1) {
      const rawMs = raw();
      const ms = await issue();
      pairs.push({ ratio: rawMs / ms, ms, rawMs });
    }
    const perSecond = (milliseconds: readonly number[]): string =>
      round((batch * 1000) / median(milliseconds));
    return {
      name: `certificates issued from requests and stored on ${database}, beside their cryptographic operations`,
      value: median(pairs.map(({ ratio }) => ratio)),
      unit: '×',
      target: { least: 0.5 },
      detail: `${perSecond(pairs.map(({ ms }) => ms))}/s, the operations alone ${perSecond(pairs.map(({ rawMs }) => rawMs))}/s; ${inFlight} in flight`,
    };
  } finally {
    await house.close();
  }
}

/** Does the operations of a whole batch; answers the milliseconds. */
function rawOperations(requests: readonly Buffer[]): () => number {
  const parts = requests.map((der) => {
    const request = CertificateRequest.parse(der);
    return {
      spki: request.subjectPublicKeyInfo,
      input: request.certificationRequestInfo,
      signature: request.signature,
    };
  });
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  const key = createPrivateKey(pem);
  const certificate = Buffer.alloc(600, 'a');
  const serialNumbers = Buffer.alloc(16 * batch);
  return () => {
    const started = performance.now();
    randomFillSync(serialNumbers);
    for (const { spki, input, signature } of parts) {
      const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      if (!verify('sha256', input, publicKey, signature)) throw new Error('a request of the bench is wrong');
      // The key's identifier, the key for the record, the certificate.
      for (const octets of [spki, spki, certificate]) hash('sha256', octets, 'hex');
      sign('sha256', certificate, key);
      sign('sha256', certificate, key);
    }
    return performance.now() - started;
  };
}
