import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csrFor } from '../acme/testing/open-acme.ts';
import { refused } from '../acme/testing/refused.ts';
import { runCommand } from '../cli/testing/run-command.ts';
import { send } from '../start/testing/running-server.ts';
import { openAdministrationHouse } from './testing/enrolment-administration-house.ts';

const house = await openAdministrationHouse();
const { acme, enrolments, mortise, data } = house;

const accountOf = (client: { kid?: string | undefined }): string => String(client.kid).split('/').at(-1)!;

test('the accounts of a client are listed, and one that is deactivated is refused at once; the others go on', async () => {
  const enrolment = await enrolments.create('two');
  const again = await mortise<typeof enrolment>('client', 'enrol', 'two');
  const [one, other] = [await enrolments.account(enrolment), await enrolments.account(again)];
  const [leaf] = await enrolments.issue(one, enrolment.identifier);
  const order = await one.order([enrolment.identifier]);
  const list = () => mortise<Account[]>('acme-account', 'list', '--client', 'two');
  const before = await list();
  assert.deepEqual(before.map(({ account_url: url }) => url).sort(), [one.kid, other.kid].sort());
  for (const account of before) {
    assert.deepEqual(
      [account.client_id, account.profile, account.status, account.contact],
      ['two', 'client', 'valid', []],
    );
  }
  const id = accountOf(one);
  assert.equal(before.find(({ account_id: each }) => each === id)?.jkt, one.thumbprint);
  assert.deepEqual(await mortise('acme-account', 'deactivate', id, '--reason', 'lost laptop'), {
    changed: true,
  });
  refused(await one.post(one.kid!), 'unauthorized', 401);
  refused(await one.order([enrolment.identifier]), 'unauthorized', 401);
  const csr = await csrFor([enrolment.identifier]);
  refused(await one.post(order.json.finalize, { csr }), 'unauthorized', 401);
  refused(await one.post(one.kid!, { contact: ['mailto:a@b.example'] }), 'unauthorized', 401);
  const key = { kid: one.kid };
  one.kid = undefined;
  refused(await one.register({ onlyReturnExisting: true }), 'unauthorized', 401);
  one.kid = key.kid;
  await enrolments.issue(other, enrolment.identifier);
  const after = await list();
  assert.deepEqual(
    after.map(({ account_id: each, status }) => [each, status]),
    before.map(({ account_id: each }) => [each, each === id ? 'deactivated' : 'valid']),
  );
  // RFC 8555 §7.3.6: what was issued is not revoked by it.
  const shown = await mortise<{ credentials: { fingerprint256: string; revoked_at?: number }[] }>(
    'client',
    'show',
    'two',
  );
  const credential = shown.credentials.find((each) => each.fingerprint256 === leaf!.fingerprint256);
  assert.equal(credential?.revoked_at, undefined);
  assert.deepEqual(await mortise('acme-account', 'deactivate', id), { changed: false });
  assert.deepEqual(await house.events('account.deactivated', id), [
    { actor: 'client:admin', client_id: 'two', data: { profile: 'client', reason: 'lost laptop' } },
  ]);
});

test('an account that is bound to nobody is listed and deactivated, too', async () => {
  const client = await acme.client();
  const order = await client.order(['localhost']);
  const id = accountOf(client);
  const all = await mortise<Account[]>('acme-account', 'list');
  const found = all.find(({ account_id: each }) => each === id);
  assert.deepEqual([found?.profile, found?.client_id, found?.status], ['server', undefined, 'valid']);
  await mortise('acme-account', 'deactivate', id);
  refused(await client.post(order.json.authorizations[0], {}), 'unauthorized', 401);
  assert.deepEqual(await house.events('account.deactivated', id), [
    { actor: 'client:admin', data: { profile: 'server' } },
  ]);
});

test('a key that waits is listed without its secret, and binds nothing once it is withdrawn', async () => {
  const enrolment = await enrolments.create('waiting');
  const brief = await mortise<typeof enrolment>(
    ...['client', 'enrol', 'waiting', '--profile', 'short-lived', '--lifetime-seconds', '600'],
  );
  const list = () => mortise<Key[]>('enrolment', 'list', 'waiting');
  const keys = await list();
  assert.deepEqual(keys.map(({ eab_kid: kid }) => kid).sort(), [enrolment.eab_kid, brief.eab_kid].sort());
  const shown = keys.find(({ eab_kid: kid }) => kid === brief.eab_kid)!;
  assert.deepEqual([shown.client_id, shown.profile], ['waiting', 'short-lived']);
  assert.equal(shown.eab_expires_at - shown.created_at, 600);
  assert.equal(JSON.stringify(keys).includes(brief.eab_hmac_key), false);

  const withdraw = (...words: string[]) => mortise('enrolment', 'withdraw', 'waiting', ...words);
  assert.deepEqual(await withdraw(brief.eab_kid, '--reason', 'pasted into a chat'), { changed: true });
  assert.deepEqual(
    (await list()).map(({ eab_kid: kid }) => kid),
    [enrolment.eab_kid],
  );
  refused((await enrolments.tryToBind(brief, 'short-lived')).answer, 'unauthorized', 403);
  await assert.rejects(withdraw(brief.eab_kid), /no such key/);
  assert.deepEqual(await house.events('client.enrolment_withdrawn', 'waiting'), [
    {
      actor: 'client:admin',
      client_id: 'waiting',
      data: { profile: 'short-lived', kid: brief.eab_kid, reason: 'pasted into a chat' },
    },
  ]);

  await enrolments.account(enrolment);
  assert.deepEqual(await list(), []);
  await assert.rejects(withdraw(enrolment.eab_kid), /has bound an account/);
});

test('a key is withdrawn as one of its client alone', async () => {
  const enrolment = await enrolments.create('mine');
  await enrolments.create('theirs');
  const withdraw = mortise('enrolment', 'withdraw', 'theirs', enrolment.eab_kid);
  await assert.rejects(withdraw, /no such key/);
  assert.equal((await mortise<Key[]>('enrolment', 'list', 'mine')).length, 1);
});

test('what is not there is refused, with a next step', async () => {
  for (const [why, ...argv] of [
    [/no ACME account.*acme-account list/, 'acme-account', 'deactivate', 'nobody'],
    [/no such key.*enrolment list/, 'enrolment', 'withdraw', 'admin', 'nothing'],
    [/no client nobody.*client list/, 'enrolment', 'list', 'nobody'],
  ] as const) {
    const result = await runCommand([...argv, '--data', data]);
    assert.equal(result.status, 1, result.stderr);
    assert.match(result.stderr, why);
  }
  assert.deepEqual(await mortise('acme-account', 'list', '--client', 'nobody'), []);
});

test('a token to read lists, and ends nothing; one to enrol does neither', async () => {
  const enrolment = await enrolments.create('guarded');
  const account = accountOf(await enrolments.account(enrolment));
  const { eab_kid: kid } = await mortise<{ eab_kid: string }>('client', 'enrol', 'guarded');
  const ask = async (scope: string, method: string, path: string) => {
    const { credential, token } = await house.tokenOf(scope);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { mtls, ca } = acme.server;
    const body = method === 'POST' ? { body: '{}' } : {};
    return send(`${mtls}/admin/v1${path}`, { ...credential, ca, method, headers, ...body });
  };
  const acts = [`/acme-accounts/${account}/deactivate`, `/clients/guarded/enrolments/${kid}/withdraw`];
  for (const path of ['/acme-accounts?client_id=guarded', '/clients/guarded/enrolments']) {
    const answer = await ask('mortise:read', 'GET', path);
    assert.equal(answer.status, 200, answer.text);
    assert.equal((answer.json()['items'] as unknown[]).length, 1);
    assert.equal((await ask('mortise:enrol', 'GET', path)).status, 403);
  }
  for (const path of acts) {
    for (const scope of ['mortise:read', 'mortise:enrol']) {
      assert.equal((await ask(scope, 'POST', path)).status, 403, `${scope} ${path}`);
    }
  }
  const [listed] = await mortise<Account[]>('acme-account', 'list', '--client', 'guarded');
  assert.equal(listed?.status, 'valid');
  for (const path of acts) {
    const answer = await ask('mortise:admin', 'POST', path);
    assert.deepEqual([answer.status, answer.json()], [200, { changed: true }]);
  }
});

test('lists come page by page', async () => {
  await enrolments.create('paged');
  for (let made = 0; made < 4; made += 1) await mortise('client', 'enrol', 'paged');
  const { credential, token } = await house.tokenOf('mortise:read');
  const { mtls, ca } = acme.server;
  const headers = { authorization: `Bearer ${token}` };
  const seen: string[] = [];
  let next: string | undefined;
  do {
    const from = next === undefined ? '' : `&after=${next}`;
    const url = `${mtls}/admin/v1/clients/paged/enrolments?limit=2${from}`;
    const page = (await send(url, { ...credential, ca, headers })).json() as { items: Key[]; next?: string };
    seen.push(...page.items.map(({ eab_kid: kid }) => kid));
    next = page.next;
  } while (next !== undefined);
  assert.equal(seen.length, 5);
  assert.deepEqual(seen, [...new Set(seen)].sort());
});

test('a person reads which account and which key', async () => {
  const enrolment = await enrolments.create('plain');
  const plain = async (...argv: string[]) => {
    const result = await runCommand([...argv, '--data', data]);
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
  };
  assert.match(
    await plain('enrolment', 'list', 'plain'),
    new RegExp(`^KEY .*\n${enrolment.eab_kid} .*client`),
  );
  assert.match(await plain('acme-account', 'list', '--client', 'plain'), /^No ACME accounts/);
  const id = accountOf(await enrolments.account(enrolment));
  assert.match(await plain('enrolment', 'list', 'plain'), /no key that waits/);
  assert.match(await plain('acme-account', 'list'), new RegExp(`^${id} +plain +client +valid`, 'm'));
  assert.match(await plain('acme-account', 'deactivate', id), /is deactivated\./);
  assert.match(await plain('acme-account', 'deactivate', id), /is deactivated already\./);
});

interface Account {
  readonly account_id: string;
  readonly account_url: string;
  readonly client_id?: string;
  readonly profile: string;
  readonly status: string;
  readonly contact: readonly string[];
  readonly jkt: string;
}

interface Key {
  readonly eab_kid: string;
  readonly client_id: string;
  readonly profile: string;
  readonly created_at: number;
  readonly eab_expires_at: number;
}
