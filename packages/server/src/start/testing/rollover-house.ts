import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createClient, type MortiseClient } from '@mortise/client';
import { createResourceServer, type ResourceServer } from '@mortise/resource-server';
import { protect } from '@mortise/resource-server/node-http';
import { runCommand } from '../../cli/testing/run-command.ts';
import { startTestServer, type TestServer } from './running-server.ts';

export const resource = 'https://payments.example';

export interface RolloverState {
  readonly phase: string;
  readonly next?: string;
  readonly old_root: { readonly fingerprint256: string };
  readonly new_root: { readonly fingerprint256: string };
  readonly cross_certificates: { readonly new_by_old?: string; readonly old_by_new: string };
  readonly participants: readonly { readonly name: string; readonly kind: string; readonly state: string }[];
  readonly certificates: readonly { readonly holder: string }[];
  readonly blocking: readonly string[];
  readonly waived: readonly string[];
  readonly broken?: readonly string[];
}

/** A key, its certificates and the roots, as `certificate issue` writes them. */
export interface Issued {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** A server with an API that follows its feed, a client of that API, and a client that says nothing. */
export interface RolloverHouse {
  readonly server: TestServer;
  readonly api: Server;
  readonly apiUrl: string;
  readonly billing: MortiseClient;
  command(...argv: string[]): ReturnType<typeof runCommand>;
  mortise<Shown = Record<string, unknown>>(...argv: string[]): Promise<Shown>;
  issue(name: string, ...flags: string[]): Promise<Issued>;
  /** Another node takes over, as a service does that is started again with another certificate. */
  replaceNode(issued: Issued): Promise<void>;
  rollover(...argv: string[]): Promise<RolloverState>;
  /** Asks for the status until it is as wanted. */
  until(wanted: (state: RolloverState) => boolean): Promise<RolloverState>;
  close(): Promise<void>;
}

export async function openRolloverHouse(
  flags: Readonly<Record<string, unknown>> = {},
): Promise<RolloverHouse> {
  const server = await startTestServer({ flags: { nodeHeartbeatSeconds: 1, ...flags } });
  const command = (...argv: string[]) => runCommand([...argv, '--data', server.data, '--json']);
  const mortise = async <Shown>(...argv: string[]): Promise<Shown> => {
    const result = await command(...argv);
    if (result.status !== 0) throw new Error(result.stderr);
    return result.json() as Shown;
  };
  const rollover = (...argv: string[]) => mortise<RolloverState>('authority', 'rollover', ...argv);
  let written = 0;
  const issue = async (name: string, ...more: string[]): Promise<Issued> => {
    const out = join(server.data, `${name}-${++written}`);
    await mortise('certificate', 'issue', ...more, '--out', out);
    const read = (file: string) => readFileSync(join(out, file), 'utf8');
    return { key: read('key.pem'), cert: read('cert.pem'), ca: read('ca.pem') };
  };

  await mortise('client', 'create', 'payments', '--token-endpoint-auth-method', 'tls_client_auth');
  await mortise('resource', 'create', resource, '--scope', 'pay', '--resource-server', 'payments');
  for (const name of ['billing', 'legacy']) {
    const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
    await mortise('client', 'create', name, ...method, '--scope', 'pay', '--resource', resource);
  }
  const node = (issued: Issued): ResourceServer =>
    createResourceServer({
      issuer: server.issuer,
      resource,
      anchors: issued.ca,
      revocation: { mtlsUrl: server.mtls, key: issued.key, certificate: issued.cert },
    });
  let payments = node(await issue('payments', '--client', 'payments'));
  const serverCertificate = await issue('api', '--profile', 'server', '--name', 'localhost');
  const api = createServer(
    { ...serverCertificate, requestCert: true, rejectUnauthorized: false },
    (request, response) =>
      protect(payments, { scope: 'pay' }, (_request, answer) => answer.end('paid'))(request, response),
  );
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const own = await issue('billing', '--client', 'billing');
  const billing = createClient({
    issuer: server.issuer,
    clientId: 'billing',
    authentication: { method: 'tls_client_auth' },
    certificate: own,
    anchors: own.ca,
    scope: 'pay',
    resource,
  });
  return {
    server,
    api,
    apiUrl: `https://localhost:${(api.address() as AddressInfo).port}/`,
    billing,
    command,
    mortise,
    issue,
    replaceNode: async (issued) => {
      const former = payments;
      const next = node(issued);
      await next.ready();
      payments = next;
      await former.close();
    },
    rollover,
    until: async (wanted) => {
      for (;;) {
        const state = await rollover();
        if (wanted(state)) return state;
      }
    },
    close: async () => {
      await billing.close();
      await payments.close();
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
      await server.discard();
    },
  };
}
