/** The server's CPU time for a whole ACME order (http-01, by lego), beside Debian's pebble, which stores nothing. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCertificateRequest, createKeySigner } from '@mortise/x509';
import { createAccountKey } from '../../packages/client/src/acme/account-key.ts';
import { AcmeClient } from '../../packages/client/src/acme/acme-client.ts';
import { claimPort } from '../../testing/claim-port.ts';
import type { Fixture } from '../fixture.ts';
import { startMortise } from '../fixture.ts';
import { cpuMicroseconds } from '../load/cpu-time.ts';
import { type Figure, median, round } from '../table.ts';

/** Certificates per turn, each for a name of its own. lego takes seconds for each, most of which it waits. */
const ordersInTurn = 2;
/** By our own client, so that the code is compiled as in a server that has run for a while. */
const warmUpOrders = 100;

interface AcmeServer {
  readonly pid: number;
  readonly directory: string;
  /** PEM file of what its own certificate rests on. */
  readonly caFile: string;
}

export async function acmeOrders(fixture: Fixture, rounds: number): Promise<Figure[]> {
  for (const program of ['lego', 'pebble', 'pebble-challtestsrv']) {
    if (spawnSync('which', [program]).status === 0) continue;
    process.stderr.write(`skipped: ACME orders, because ${program} is not installed\n`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'mortise-bench-'));
  const started: ChildProcess[] = [];
  const httpPort = await claimPort();
  const dns = `127.0.0.1:${await claimPort()}`;
  try {
    const unused = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
    const management = ['-management', `127.0.0.1:${await claimPort()}`];
    await start(
      started,
      'pebble-challtestsrv',
      [...unused, '-dns01', dns, ...management],
      /management server/i,
    );
    const mortise = await startMortise(join(folder, 'data'), {
      MORTISE_ACME_HTTP_PORT: String(httpPort),
      MORTISE_ACME_NAME_SERVER: dns,
      MORTISE_ACME_NETWORKS: '127.0.0.0/8',
    });
    try {
      const servers: Record<'mortise' | 'pebble', AcmeServer> = {
        mortise: {
          pid: mortise.pid,
          directory: `${String(mortise.ready['issuer'])}/acme/server/directory`,
          caFile: join(folder, 'data', 'admin', 'ca.pem'),
        },
        pebble: await startPebble(started, fixture, folder, { httpPort, dns }),
      };
      const costs = { mortise: [] as number[], pebble: [] as number[] };
      await warmUp(servers.mortise, httpPort);
      for (let turn = 0; turn <= rounds; turn += 1) {
        for (const name of ['mortise', 'pebble'] as const) {
          const cost = await orders(servers[name], join(folder, name), httpPort, turn);
          // The first makes the account.
          if (turn > 0) costs[name].push(cost);
        }
      }
      return [
        {
          name: 'CPU time for an ACME order by lego, beside pebble',
          value: median(costs.mortise.map((cost, turn) => cost / costs.pebble[turn]!)),
          unit: '×',
          target: { most: 2 },
          detail: `${round(median(costs.mortise) / 1000)} ms, ${round(median(costs.pebble) / 1000)} ms`,
        },
      ];
    } finally {
      await mortise.stop();
    }
  } finally {
    for (const child of started) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function warmUp({ directory, caFile }: AcmeServer, httpPort: number): Promise<void> {
  const tokens = new Map<string, string>();
  const web = createServer((request, response) => {
    response.end(tokens.get(request.url?.split('/').at(-1) ?? ''));
  }).listen(httpPort, '127.0.0.1');
  await once(web, 'listening');
  const client = new AcmeClient({
    directoryUrl: directory,
    accountKey: createAccountKey(),
    anchors: readFileSync(caFile, 'utf8'),
    challenges: [
      {
        type: 'http-01',
        add: async ({ token, keyAuthorization }) => void tokens.set(token, keyAuthorization),
        remove: async ({ token }) => void tokens.delete(token),
      },
    ],
  });
  try {
    await client.account();
    for (let order = 0; order < warmUpOrders; order += 1) {
      const identifiers = [{ type: 'dns', value: `w${order}.example.com` } as const];
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const signer = createKeySigner(privateKey);
      const csr = await createCertificateRequest({ subject: '', signer, subjectAltName: identifiers });
      await client.obtain({ identifiers, csr: csr.der });
    }
  } finally {
    await client.close();
    web.closeAllConnections();
    web.close();
    await once(web, 'close');
  }
}

/** Microseconds of the server for each. */
async function orders(server: AcmeServer, path: string, httpPort: number, turn: number): Promise<number> {
  const before = cpuMicroseconds(server.pid);
  for (let order = 0; order < ordersInTurn; order += 1) {
    await promisify(execFile)(
      'lego',
      [
        ...['--accept-tos', '--email', 'a@example.com', '--server', server.directory, '--path', path],
        ...['--http', '--http.port', `127.0.0.1:${httpPort}`, '--domains', `a${turn}-${order}.example.com`],
        'run',
      ],
      { env: { ...process.env, LEGO_CA_CERTIFICATES: server.caFile } },
    );
  }
  return (cpuMicroseconds(server.pid) - before) / ordersInTurn;
}

async function startPebble(
  started: ChildProcess[],
  fixture: Fixture,
  folder: string,
  { httpPort, dns }: { httpPort: number; dns: string },
): Promise<AcmeServer> {
  const port = await claimPort();
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${await claimPort()}`,
    certificate: file('pebble.pem', fixture.pem('server', 'cert.pem')),
    privateKey: file('pebble.key', fixture.pem('server', 'key.pem')),
    httpPort,
    tlsPort: await claimPort(),
  };
  const config = file('pebble.json', JSON.stringify({ pebble }));
  const child = await start(
    started,
    'pebble',
    ['-config', config, '-dnsserver', dns],
    /ACME directory available/,
    {
      PEBBLE_VA_NOSLEEP: '1',
    },
  );
  const caFile = file('pebble-ca.pem', fixture.pem('server', 'ca.pem'));
  return { pid: child.pid!, directory: `https://localhost:${port}/dir`, caFile };
}

/** Resolves when it has said `ready`. */
async function start(
  started: ChildProcess[],
  program: string,
  argv: readonly string[],
  ready: RegExp,
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const child = spawn(program, argv, { env: { ...process.env, ...environment }, stdio: 'pipe' });
  started.push(child);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-4000);
        if (ready.test(said)) resolve();
      });
    }
    void once(child, 'exit').then(([status]) =>
      reject(new Error(`${program} ended with ${status}: ${said}`)),
    );
  });
  return child;
}
