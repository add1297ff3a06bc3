/** The three servers that issue tokens in one run: Mortise, the bare baseline, and the peer; for one client authentication method. */
import { sign } from 'node:crypto';
import { join } from 'node:path';
import type { Contestant, Turns } from '../contest.ts';
import { type Fixture, prepared, resource, scope } from '../fixture.ts';
import type { LoadResult, LoadTarget } from '../load/order.ts';
import { runLoad, ServerProcess } from '../process.ts';
import type { PeerOrder } from '../servers/oidc-provider.ts';

export type Method = 'tls_client_auth' | 'client_secret_basic' | 'private_key_jwt';

export interface TokenRun {
  method: Method;
  connection: LoadTarget['connection'];
  connections: number;
  turns: Turns;
}

/** Assertions are used once: each contestant gets as many as it could use on a fast machine. */
const assertionsPerSecond = 10_000;
const tokenPath = '/oauth2/token';

export async function openContestants(
  fixture: Fixture,
  run: TokenRun,
  { peer }: { peer: boolean },
): Promise<{ contestants: Contestant[]; close: () => Promise<void> }> {
  const { method } = run;
  const sample = await sampleAnswer(fixture, run);
  const bare = await ServerProcess.start(['bench/servers/bare.ts', bareOrder(fixture, method, sample)]);
  const servers = [bare];
  const contestants = [
    {
      name: 'mortise',
      server: fixture.server,
      target: target(fixture, run, 'mortise', mortisePort(fixture, run)),
    },
    { name: 'bare', server: bare, target: target(fixture, run, 'bare', Number(bare.ready['port'])) },
  ];
  if (peer) {
    const server = await ServerProcess.start(['bench/servers/oidc-provider.ts', peerOrder(fixture, method)]);
    servers.push(server);
    contestants.push({
      name: 'peer',
      server,
      target: target(fixture, run, 'peer', Number(server.ready['port'])),
    });
  }
  return {
    contestants,
    close: async () => {
      for (const server of servers) await server.stop();
    },
  };
}

function mortisePort({ endpoints }: Fixture, { method }: TokenRun): number {
  return method === 'tls_client_auth' ? endpoints.mtlsPort : endpoints.publicPort;
}

function target(fixture: Fixture, run: TokenRun, name: string, port: number): LoadTarget {
  const mutual = run.method === 'tls_client_auth';
  return {
    host: '127.0.0.1',
    port,
    ca: fixture.pem('tls-client', 'ca.pem'),
    ...(mutual && {
      key: fixture.pem('tls-client', 'key.pem'),
      certificate: fixture.pem('tls-client', 'cert.pem'),
    }),
    connection: run.connection,
    connections: run.connections,
    requestsFile: fixture.write(`${name}.requests`, requests(fixture, run, name).join('\n')),
    // The baseline verifies the one assertion that it was given, over and over.
    once: run.method === 'private_key_jwt' && name !== 'bare',
  };
}

function requests(fixture: Fixture, run: TokenRun, name: string): string[] {
  const path = name === 'peer' ? '/token' : tokenPath;
  const form = { grant_type: 'client_credentials', scope };
  switch (run.method) {
    case 'tls_client_auth':
      return [prepared(path, { ...form, client_id: 'tls-client' })];
    case 'client_secret_basic': {
      const credentials = Buffer.from(`secret-client:${fixture.secret}`).toString('base64');
      return [prepared(path, form, [`authorization: Basic ${credentials}`])];
    }
    case 'private_key_jwt': {
      const audience = name === 'peer' ? 'https://localhost' : fixture.endpoints.issuer;
      const one = (): string =>
        prepared(path, {
          ...form,
          client_id: 'jwt-client',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: fixture.assertion(audience),
        });
      const { warmUpMs, sliceMs, rounds } = run.turns;
      const seconds = (warmUpMs + sliceMs * rounds) / 1000;
      return Array.from({ length: name === 'bare' ? 1 : Math.ceil(assertionsPerSecond * seconds) }, one);
    }
  }
}

/** One token from Mortise, so that the baseline signs and answers as many bytes. */
async function sampleAnswer(fixture: Fixture, run: TokenRun): Promise<string> {
  const one = {
    ...run,
    connection: 'kept',
    connections: 1,
    turns: { warmUpMs: 0, sliceMs: 1000, rounds: 1 },
  } as const;
  const { targets } = await runLoad<LoadResult>('bench/load/main.ts', {
    ...one.turns,
    targets: [target(fixture, one, 'mortise', mortisePort(fixture, run))],
    most: 1,
  });
  const { statuses, firstBody } = targets[0]!;
  if (statuses['200'] === undefined) throw new Error(`no token: ${firstBody}`);
  return firstBody;
}

function bareOrder(fixture: Fixture, method: Method, sample: string): string {
  const token = (JSON.parse(sample) as { access_token: string }).access_token;
  const assertion = fixture.assertion('https://localhost');
  const signingInput = assertion.slice(0, assertion.lastIndexOf('.'));
  return fixture.write(
    'bare.json',
    JSON.stringify({
      key: fixture.pem('server', 'key.pem'),
      certificate: fixture.pem('server', 'cert.pem'),
      requestCertificate: method === 'tls_client_auth',
      bodyLength: sample.length,
      signedLength: token.lastIndexOf('.'),
      ...(method === 'private_key_jwt' && {
        assertion: {
          signingInput,
          signature: sign('sha256', Buffer.from(signingInput), fixture.assertionKey).toString('base64'),
          publicKey: fixture.assertionPublicKeyPem,
          databaseFile: join(fixture.folder, `bare-${process.hrtime.bigint()}.db`),
        },
      }),
    }),
  );
}

function peerOrder(fixture: Fixture, method: Method): string {
  const clients: Record<Method, Record<string, unknown>> = {
    tls_client_auth: {
      client_id: 'tls-client',
      tls_client_auth_san_uri: `${fixture.endpoints.issuer}/clients/tls-client`,
      tls_client_certificate_bound_access_tokens: true,
    },
    client_secret_basic: { client_id: 'secret-client', client_secret: fixture.secret },
    private_key_jwt: {
      client_id: 'jwt-client',
      jwks: JSON.parse(fixture.read('jwks.json')) as object,
      token_endpoint_auth_signing_alg: 'ES256',
    },
  };
  const order: PeerOrder = {
    key: fixture.pem('server', 'key.pem'),
    certificate: fixture.pem('server', 'cert.pem'),
    ca: fixture.pem('tls-client', 'ca.pem'),
    requestCertificate: method === 'tls_client_auth',
    resource,
    scope,
    client: { ...clients[method], token_endpoint_auth_method: method },
  };
  return fixture.write('peer.json', JSON.stringify(order));
}
