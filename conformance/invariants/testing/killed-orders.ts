/** The test of invariant 8 for orders, on whatever database the house stands on. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { listening } from '../../../packages/server/src/acme/testing/open-acme.ts';
import type { Database } from '../../../packages/server/src/storage/database.ts';
import { openDatabase } from '../../../packages/server/src/storage/open-database.ts';
import { certificateByAcme, type ReceivedCertificate } from './certificate-by-acme.ts';
import { House, type HouseOptions } from './house.ts';
import { MortalNodes } from './mortal-nodes.ts';

export interface KilledOrders {
  readonly orders: number;
  /** Of each node; default one, on SQLite in its data directory. */
  readonly nodes?: readonly HouseOptions[];
}

const inFlight = 16;

/** Lets clients order while the server is killed again and again, until each has its certificate; then looks into the database. */
export async function ordersSurviveKills(t: TestContext, survival: KilledOrders): Promise<void> {
  const { orders } = survival;
  const answers = new Map<string, string>();
  const houses = await startHouses(t, answers, survival.nodes ?? [{}]);
  const [house] = houses as [House];
  // An order takes some nine answers, so that few orders see some kills, too.
  const nodes = new MortalNodes(houses, [20, Math.min(320, 3 * orders)]);
  const received: ReceivedCertificate[] = [];
  let begun = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (begun < orders) {
        begun += 1;
        const names = begun % 3 === 0 ? ['localhost', '127.0.0.1'] : ['localhost'];
        received.push(await certificateByAcme(nodes, names, answers));
      }
    }),
  );
  await nodes.survive();
  t.diagnostic(`killed ${nodes.kills} times; unanswered: ${JSON.stringify([...nodes.unanswered])}`);
  assert.equal(received.length, orders);
  assert.ok(nodes.kills > 0 && nodes.unanswered.size > 0, 'some requests were cut off');
  const audit = await house.command('audit', 'verify', ...house.databaseFlags, '--json');
  assert.equal(audit.status, 0, audit.stderr + audit.stdout);
  await Promise.all(houses.map((each) => each.kill('SIGTERM')));
  const open = await openDatabase({
    url: house.databaseFlags[1] ?? `sqlite:${join(house.data, 'mortise.db')}`,
    onLost: (error) => assert.fail(error),
    inspect: () => Promise.resolve(),
  });
  try {
    await verify(open.database, received);
  } finally {
    await open.close();
  }
}

async function startHouses(
  t: TestContext,
  answers: Map<string, string>,
  nodes: readonly HouseOptions[],
): Promise<House[]> {
  const web = createServer((request, response) => {
    const answer = answers.get(request.url?.split('/').at(-1) ?? '');
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(answer);
  });
  const port = await listening(web);
  t.after(() => {
    web.closeAllConnections();
    web.close();
  });
  const flags = ['--acme-http-port', String(port), '--acme-networks', '127.0.0.0/8'];
  const houses: House[] = [];
  for (const node of nodes) {
    const house = await House.start({ ...node, flags: [...(node.flags ?? []), ...flags] });
    t.after(() => house.discard());
    houses.push(house);
  }
  return houses;
}

/** What is on record is what was received, once each; and nothing hangs in the air. */
async function verify(database: Database, received: readonly ReceivedCertificate[]): Promise<void> {
  const orders = await database.all<{ id: string; authorization_ids: string; certificate: string | null }>(
    'SELECT id, authorization_ids, certificate FROM acme_orders',
  );
  const byOrder = new Map(orders.map(({ id, certificate }) => [id, certificate]));
  for (const { orderId, fingerprint256 } of received) assert.equal(byOrder.get(orderId), fingerprint256);

  const expected = received.map(({ fingerprint256 }) => fingerprint256).sort();
  const ordered = orders.flatMap(({ certificate }) => (certificate === null ? [] : [certificate]));
  assert.deepEqual(ordered.sort(), expected, 'an order has a certificate, and no other has');

  const issued = await database.all<{ object_id: string }>(
    `SELECT object_id FROM events WHERE act = 'certificate.issued' AND actor LIKE 'account:%'`,
  );
  assert.deepEqual(issued.map(({ object_id }) => object_id).sort(), expected, 'each was issued once');

  const recorded = await database.all<{ fingerprint256: string; serial_number: string; spki_sha256: string }>(
    `SELECT fingerprint256, serial_number, spki_sha256 FROM certificates WHERE names LIKE '%localhost%' OR
     fingerprint256 IN (SELECT certificate FROM acme_orders)`,
  );
  const serials = new Map(recorded.map((row) => [row.fingerprint256, row.serial_number]));
  for (const { fingerprint256, serialNumber } of received) {
    assert.equal(serials.get(fingerprint256), serialNumber);
  }
  const keys = recorded.map(({ spki_sha256 }) => spki_sha256);
  assert.equal(
    new Set(keys).size,
    keys.length,
    'no key has two certificates, so no request was served twice',
  );

  const accounts = await database.all<{ id: string }>('SELECT id FROM acme_accounts');
  assert.equal(accounts.length, received.length, 'an account that was made and not told of is found again');

  const wanted = orders.flatMap(({ authorization_ids }) => JSON.parse(authorization_ids) as string[]);
  const there = await database.all<{ id: string }>('SELECT id FROM acme_authorizations');
  assert.deepEqual(new Set(there.map(({ id }) => id)), new Set(wanted), 'no authorization without an order');
}
