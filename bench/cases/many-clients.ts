/** Start-up, memory and token rate with many clients registered, beside the same with ten. */
import { Agent, request } from 'undici';
import { expectAnswers } from '../contest.ts';
import { type Fixture, prepared, resource, scope } from '../fixture.ts';
import type { LoadResult, LoadTarget } from '../load/order.ts';
import { runLoad } from '../process.ts';
import { type Figure, median, round } from '../table.ts';

interface Measured {
  readyMs: number;
  residentMb: number;
  rate: number;
  /** CPU time of the server for a token; NaN without /proc. */
  cpuMicroseconds: number;
}

const workingSet = 1000;
const inFlight = 32;

/** Registers up to `clients` clients through the admin API, then measures again. */
export async function manyClients(fixture: Fixture, clients: number): Promise<Figure[]> {
  const secrets = await registerClients(fixture, 0, 10);
  const few = await measure(fixture, secrets);
  secrets.push(...(await registerClients(fixture, 10, clients)));
  const many = await measure(fixture, secrets.slice(-workingSet));
  const figure = (name: string, value: number, detail: string): Figure => ({
    name: `${name} with ${round(clients)} clients, beside ten`,
    value,
    unit: '×',
    target: { most: 1.5 },
    detail,
  });
  return [
    figure('start-up', many.readyMs / few.readyMs, `${round(many.readyMs)} ms, ${round(few.readyMs)} ms`),
    figure(
      'resident memory',
      many.residentMb / few.residentMb,
      `${round(many.residentMb)} MB, ${round(few.residentMb)} MB`,
    ),
    figure(
      'time a token',
      Number.isNaN(many.cpuMicroseconds) ? few.rate / many.rate : many.cpuMicroseconds / few.cpuMicroseconds,
      `${round(many.cpuMicroseconds)} µs (${round(many.rate)}/s) over ${workingSet} clients, ${round(few.cpuMicroseconds)} µs (${round(few.rate)}/s) over ten`,
    ),
  ];
}

async function measure(fixture: Fixture, secrets: readonly string[]): Promise<Measured> {
  const starts: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await fixture.server.stop();
    await fixture.start();
    starts.push(fixture.server.startedInMs);
  }
  const form = { grant_type: 'client_credentials', scope };
  const target: LoadTarget = {
    host: '127.0.0.1',
    port: fixture.endpoints.publicPort,
    pid: fixture.server.pid,
    ca: fixture.pem('tls-client', 'ca.pem'),
    connection: 'kept',
    connections: 16,
    requestsFile: fixture.write(
      'clients.requests',
      secrets
        .map((pair) =>
          prepared('/oauth2/token', form, [`authorization: Basic ${Buffer.from(pair).toString('base64')}`]),
        )
        .join('\n'),
    ),
    once: false,
  };
  const order = { targets: [target], warmUpMs: 4000, sliceMs: 1000, rounds: 5 };
  const { targets } = await runLoad<LoadResult>('bench/load/main.ts', order);
  expectAnswers('many clients', targets[0]!);
  const { slices } = targets[0]!;
  return {
    readyMs: median(starts),
    residentMb: fixture.server.residentMb(),
    rate: median(slices.map(({ answers, seconds }) => answers / seconds)),
    cpuMicroseconds: median(
      slices.map(({ answers, serverCpuMicroseconds }) => (serverCpuMicroseconds ?? Number.NaN) / answers),
    ),
  };
}

/** Answers `client_id:client_secret` of the clients numbered from `first` up to `end`. */
async function registerClients(fixture: Fixture, first: number, end: number): Promise<string[]> {
  const agent = new Agent({
    connections: inFlight,
    connect: {
      ca: fixture.pem('tls-client', 'ca.pem'),
      key: fixture.read('data/admin/key.pem'),
      cert: fixture.read('data/admin/cert.pem'),
    },
  });
  const { mtls } = fixture.endpoints;
  const post = async (
    url: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<Record<string, string>> => {
    const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent });
    if (answer.statusCode > 201) throw new Error(`${url}: ${answer.statusCode} ${await answer.body.text()}`);
    return (await answer.body.json()) as Record<string, string>;
  };
  const token = async (): Promise<string> => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'admin',
      scope: 'mortise:admin',
      resource: `${mtls}/admin/v1`,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return (await post(`${mtls}/oauth2/token`, headers, form.toString()))['access_token']!;
  };
  const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
  const secrets: string[] = [];
  let next = first;
  const work = async (): Promise<void> => {
    while (next < end) {
      const metadata = { client_id: `client-${next++}`, scope, resources: [resource] };
      const client = await post(`${mtls}/admin/v1/clients`, headers, JSON.stringify(metadata));
      secrets.push(`${client['client_id']}:${client['client_secret']}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  await agent.close();
  return secrets;
}
