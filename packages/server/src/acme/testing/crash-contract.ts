import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Certificate } from '@mortise/x509';
import { everything } from '../../storage/testing/tamper.ts';
import { Crashing, type CrashMode } from './crashing.ts';
import { DirectClient } from './direct-client.ts';
import { type DirectHouse, openDirectHouse } from './direct-house.ts';
import { csrFor } from './open-acme.ts';

const day = 86_400_000;
const minuteMs = 60_000;

interface Row {
  readonly [column: string]: unknown;
}

/**
 * Orders again and again, and ends the process each time one step later, until an order goes through. Whatever step it
 * was, nothing is loose afterwards.
 */
export async function crashAtEveryStep(
  t: TestContext,
  options: {
    readonly profile: 'server' | 'client';
    readonly mode: CrashMode;
    /** Default: one on SQLite. */
    readonly createDatabase?: () => Promise<string>;
  },
): Promise<void> {
  const { profile, mode, createDatabase } = options;
  const home = await openDirectHouse(t, createDatabase);
  let steps = 0;
  for (let crashed = true; crashed; steps += 1) {
    crashed = await orderThroughCrash(home, profile, new Crashing(steps + 1, mode), `${mode}${steps}`);
    await nothingIsLoose(home);
  }
  assert.ok(steps > 15, `an order has more steps than ${steps}`);
  await whatWasLeftGoes(home, steps);
}

/** Whether the process crashed on the way; the client gets its certificate either way, and one alone. */
async function orderThroughCrash(
  home: DirectHouse,
  profile: 'server' | 'client',
  crashing: Crashing,
  clientId: string,
): Promise<boolean> {
  const { house, answers } = home;
  const name = profile === 'server' ? `${clientId}.example` : `${clientId}.clients.mortise.example`;
  const first = home.serve({ watch: (port) => crashing.watch(port) });
  const client = new DirectClient(first, profile);
  let account: object = {};
  if (profile === 'client') {
    await house.client({ client_id: clientId, token_endpoint_auth_method: 'tls_client_auth' });
    const opening = home.serve();
    const key = await opening.addExternalAccountKey({
      clientId,
      profile,
      lifetimeSeconds: 600,
      actor: 'cli',
    });
    await client.open();
    account = { externalAccountBinding: client.binding(key.kid, key.hmacKey) };
  }
  const progress: Progress = { name, account, answers };
  let pem = await go(client, progress).catch(expected(crashing));
  await first.close();
  const { crashed } = crashing;
  assert.equal(pem === undefined, crashed);
  if (pem === undefined) {
    const second = home.serve();
    client.server = second;
    // Whoever was at a validation is taken for dead after a minute.
    house.clock.now += minuteMs;
    await second.sweep();
    pem = await go(client, progress);
    await second.close();
  }
  const [leaf] = Certificate.parseAll(pem);
  const issued = (await house.authority.listCertificates({ limit: 1000 })).filter(({ names }) =>
    names.includes(`dns:${name}`),
  );
  assert.deepEqual(
    issued.map(({ fingerprint256 }) => fingerprint256),
    [leaf!.fingerprint256],
  );
  if (profile === 'client') {
    const credentials = (await house.clients.read(clientId))!.credentials;
    assert.equal(credentials.length, 1);
  }
  return crashed;
}

interface Progress {
  readonly name: string;
  readonly account: object;
  readonly answers: Map<string, string>;
  order?: string;
}

/** As ACME clients do it: what is known is taken up, what is not is asked for anew. */
async function go(client: DirectClient, progress: Progress): Promise<string> {
  const good = ({ status, text, json, headers }: Awaited<ReturnType<typeof client.post>>) => {
    if (status >= 300) throw new Interrupted(text);
    return { json, headers, text };
  };
  await client.open();
  if (client.kid === undefined) good(await client.register(progress.account));
  if (progress.order === undefined) {
    progress.order = String(good(await client.order([progress.name])).headers['location']);
  }
  const { json: order } = good(await client.post(progress.order));
  if (order.status !== 'valid') {
    for (const url of order.authorizations as string[]) {
      const { json: authorization } = good(await client.post(url));
      if (authorization.status === 'valid') continue;
      const challenge = authorization.challenges.find(({ type }: { type: string }) => type === 'http-01');
      progress.answers.set(challenge.token, `${challenge.token}.${client.thumbprint}`);
      good(await client.post(challenge.url, {}));
      for (let status = 'pending'; status !== 'valid'; ) {
        status = good(await client.post(url)).json.status;
        assert.notEqual(status, 'invalid');
      }
    }
    good(await client.post(order.finalize, { csr: await csrFor([progress.name]) }));
  }
  const { json: done } = good(await client.post(progress.order));
  return good(await client.post(done.certificate)).text;
}

class Interrupted extends Error {}

function expected(crashing: Crashing): (error: unknown) => undefined {
  return (error) => {
    if (crashing.crashed && error instanceof Interrupted) return undefined;
    throw error;
  };
}

async function rows({ house }: DirectHouse, table: string): Promise<Row[]> {
  const found = await everything(house.url, [table]);
  return found[table]!.map((text) => JSON.parse(text as string) as Row);
}

/** Every row belongs to another one, and nothing waits for somebody who will not come. */
async function nothingIsLoose(home: DirectHouse): Promise<void> {
  const [accounts, keys, orders, authorizations, certificates] = await Promise.all(
    ['acme_accounts', 'acme_external_keys', 'acme_orders', 'acme_authorizations', 'certificates'].map(
      (table) => rows(home, table),
    ),
  );
  const ids = (of: Row[] | undefined, column = 'id') => of!.map((row) => String(row[column])).sort();
  for (const order of orders!) assert.ok(ids(accounts).includes(String(order['account_id'])));
  for (const key of keys!) {
    const owners = accounts!.filter(({ id }) => id === key['account_id']);
    assert.equal(owners.length, key['used_at'] === null ? 0 : 1);
  }
  const referred = orders!.flatMap((order) => JSON.parse(String(order['authorization_ids'])) as string[]);
  assert.deepEqual([...new Set(referred)].sort(), ids(authorizations));
  const made = orders!.filter((order) => order['certificate'] !== null);
  assert.deepEqual(ids(made, 'certificate'), ids(certificates, 'fingerprint256'));
  for (const { status, challenges, attempt_due_at: dueAt } of authorizations!) {
    const processing = String(challenges).includes('"processing"');
    if (status === 'pending' && processing) assert.notEqual(dueAt, null, 'nobody would try it again');
    if (status !== 'pending') assert.equal(processing, false);
  }
}

/** Orders that a crash left without a client end by their time. */
async function whatWasLeftGoes(home: DirectHouse, certificates: number): Promise<void> {
  const { house } = home;
  house.clock.now += 60 * day;
  await house.storage.acme.deleteExpired(house.clock.now - day);
  const orders = await rows(home, 'acme_orders');
  assert.equal(orders.length, certificates);
  assert.ok(orders.every((order) => order['certificate'] !== null));
  assert.deepEqual(await rows(home, 'acme_authorizations'), []);
  assert.ok((await rows(home, 'acme_external_keys')).every((key) => key['used_at'] !== null));
}
