import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { Certificate } from '@mortise/x509';
import { openRecallHouse } from './testing/recall-house.ts';

const { house, command, mortise, recall, progress, issue, renewal } = await openRecallHouse();
const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/** Ends a recall, so that it is in no other test's way. */
const end = (id: string) => mortise<{ changed: boolean }>('authority', 'recall', id, '--end');

test('a recall moves the renewal of what it is about to now, at once, and of nothing else', async () => {
  const client = await house.client();
  const [ec, rsa] = [await issue(client), await issue(client, { key: rsaKey() })];
  const usual = await renewal(rsa);
  assert.ok(usual.start > Date.now());
  const { recall_id: id, progress: first } = await recall(
    ...['--profile', 'server', '--key-type', 'rsa', '--explanation-url', 'https://status.example/1'],
  );
  assert.deepEqual(first, {
    certificates: 1,
    replaced: 0,
    revoked: 0,
    expired: 0,
    outstanding: 1,
    replaced_percent: 0,
  });
  const moved = await renewal(rsa);
  assert.ok(moved.start < moved.end && moved.end <= Date.now());
  assert.equal(moved.explanation, 'https://status.example/1');
  assert.ok((await renewal(ec)).start > Date.now());

  const next = await issue(client, { key: rsaKey(), replaces: rsa });
  assert.ok((await renewal(next)).start > Date.now(), 'what replaces it is not recalled itself');
  const after = await progress(id);
  assert.deepEqual([after.replaced, after.outstanding, after.replaced_percent], [1, 0, 100]);

  assert.deepEqual(await end(id), { changed: true });
  assert.deepEqual(await renewal(rsa), usual);
  assert.deepEqual(await end(id), { changed: false });
  const events = await mortise<{ act: string; object: { id: string } }[]>('audit', 'list', '--limit', '1000');
  assert.deepEqual(
    events.filter(({ object }) => object.id === id).map(({ act }) => act),
    ['recall.created', 'recall.ended'],
  );
});

test('a recall is about one issuer and those under it, one profile, one kind of key, one period', async () => {
  const client = await house.client();
  const certificate = await issue(client, { key: rsaKey() });
  const preview = async (...flags: string[]) =>
    (await mortise<{ certificates: number }>('authority', 'recall', '--preview', ...flags)).certificates;
  const authorities = await mortise<{ authority_id: string; kind: string }[]>('authority', 'show');
  const of = (kind: string) => authorities.find((one) => one.kind === kind)!.authority_id;
  const all = await preview('--all');
  assert.ok(all >= 2, 'that of the administrator, too');
  assert.equal(await preview('--issued-by', of('root')), all);
  assert.equal(await preview('--issued-by', of('intermediate')), all);
  assert.ok((await preview('--profile', 'server')) < all);
  assert.equal(await preview('--profile', 'nothing'), 0);
  const rsa = await preview('--key-type', 'rsa');
  assert.ok(rsa > 0 && rsa < all);
  assert.equal(await preview('--key-type', 'rsa-2048'), rsa);
  assert.equal(await preview('--key-type', 'rsa-3072'), 0);
  assert.equal((await preview('--key-type', 'ec-p256')) + rsa, all);
  const before = new Date(certificate.notBefore - 3_600_000).toISOString().replace(/\.\d+/, '');
  assert.equal(await preview('--issued-from', before), all);
  assert.equal(await preview('--issued-until', before), 0);
  assert.equal(await preview('--issued-from', String(Math.floor(Date.now() / 1000) + 60)), 0);
  const { items } = { items: await mortise<unknown[]>('authority', 'recall') };
  assert.equal(items.length, 1, 'a preview recalls nothing');
});

test('a certificate of the same client counts as the next of its lineage, without any order', async () => {
  await mortise('client', 'create', 'billing', '--token-endpoint-auth-method', 'tls_client_auth');
  await mortise('client', 'create', 'other', '--token-endpoint-auth-method', 'tls_client_auth');
  const certify = async (id: string) => {
    const out = `${house.server.data}/${id}-${Math.random()}`;
    await mortise('certificate', 'issue', '--client', id, '--out', out);
    const { credentials } = await mortise<{ credentials: { fingerprint256: string }[] }>(
      'client',
      'show',
      id,
    );
    return credentials.at(-1)!.fingerprint256;
  };
  const [mine, others] = [await certify('billing'), await certify('other')];
  const { recall_id: id } = await recall('--profile', 'client');
  await certify('billing');
  const shown = await mortise<{ progress: object; outstanding: { fingerprint256: string }[] }>(
    ...['authority', 'recall', id],
  );
  const outstanding = shown.outstanding.map(({ fingerprint256 }) => fingerprint256);
  assert.equal(outstanding.includes(mine), false);
  assert.equal(outstanding.includes(others), true);
  await mortise('certificate', 'revoke', others);
  const { revoked, replaced } = await progress(id);
  assert.equal(revoked, 1);
  assert.equal(replaced, 1);
  await end(id);
});

test('what replaced a certificate counts no more once it is revoked itself', async () => {
  const client = await house.client();
  const key = rsaKey();
  const former = await issue(client, { key });
  const { recall_id: id } = await recall('--profile', 'server', '--key-type', 'rsa-2048');
  const before = await progress(id);
  const next = await issue(client, { key: rsaKey(), replaces: former });
  const replaced = await progress(id);
  assert.ok(replaced.replaced > before.replaced);
  assert.ok(replaced.replaced_percent > before.replaced_percent);
  await mortise('certificate', 'revoke', next.fingerprint256);
  assert.deepEqual(await progress(id), before);
  await issue(client, { key: rsaKey() });
  assert.deepEqual(await progress(id), replaced, 'until another one is there');
  await end(id);
});

test('of two recalls the first stays when the other ends', async () => {
  const client = await house.client();
  const certificate = await issue(client);
  const first = await recall('--all', '--explanation-url', 'https://status.example/first');
  const second = await recall('--all', '--explanation-url', 'https://status.example/second');
  assert.equal((await renewal(certificate)).explanation, 'https://status.example/first');
  await end(first.recall_id);
  assert.equal((await renewal(certificate)).explanation, 'https://status.example/second');
  await end(second.recall_id);
  assert.ok((await renewal(certificate)).start > Date.now());
});

test('a revoked certificate is renewed for that, recalled or not', async () => {
  const client = await house.client();
  const certificate = await issue(client);
  await mortise('certificate', 'revoke', certificate.fingerprint256);
  const { recall_id: id } = await recall('--all', '--explanation-url', 'https://status.example/');
  assert.equal((await renewal(certificate)).explanation, undefined);
  await end(id);
});

test('what makes no sense is refused, and recalls nothing', async () => {
  const before = await mortise<unknown[]>('authority', 'recall');
  for (const [status, why, ...argv] of [
    [1, /no authority/, '--issued-by', 'auth_nothing'],
    [1, /key_type/, '--key-type', 'dsa'],
    [1, /explanation_url/, '--all', '--explanation-url', 'javascript:alert(1)'],
    [1, /no such recall/, 'recall_nothing'],
    [1, /no such recall/, 'recall_nothing', '--end'],
    [2, /--all goes with no other/, '--all', '--profile', 'server'],
    [2, /needs the id/, '--end'],
    [2, /say which/, '--preview'],
    [2, /cannot be made otherwise/, 'recall_x', '--profile', 'server'],
    [2, /date and time/, '--issued-from', 'yesterday'],
  ] as const) {
    const result = await command('authority', 'recall', ...argv);
    assert.equal(result.status, status, argv.join(' '));
    assert.match(result.stderr, why, argv.join(' '));
  }
  assert.deepEqual(await mortise('authority', 'recall'), before);
});

test('a person reads how far it is, and which are still to do', async () => {
  const client = await house.client();
  const certificate = Certificate.parse((await issue(client)).der);
  const { recall_id: id } = await recall('--profile', 'server');
  const plain = async (...argv: string[]) => {
    const { runCommand } = await import('../cli/testing/run-command.ts');
    const result = await runCommand(['authority', 'recall', ...argv, '--data', house.server.data]);
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
  };
  const text = await plain(id);
  assert.match(text, /^replaced +\d+ of \d+: [\d.]+ %$/m);
  assert.ok(text.includes(certificate.fingerprint256));
  assert.match(await plain(), /under way/);
  assert.match(await plain(id, '--end'), /has ended/);
  assert.match(await plain(id), /^ended /m);
});

test('the listeners follow a recall by themselves, at once', async () => {
  const { issuer, mtls, ca } = house.server;
  const presented = async (url: string): Promise<string> => {
    const { hostname, port } = new URL(url);
    const socket = connect({ port: Number(port), host: '127.0.0.1', servername: hostname, ca });
    await once(socket, 'secureConnect');
    const { raw } = socket.getPeerCertificate();
    socket.destroy();
    return Certificate.parse(raw).fingerprint256;
  };
  const before = [await presented(issuer), await presented(mtls)];
  const { recall_id: id } = await recall('--all');
  for (const [index, url] of [issuer, mtls].entries()) {
    for (;;) if ((await presented(url)) !== before[index]) break;
  }
  const { outstanding } = await mortise<{ outstanding: { fingerprint256: string }[] }>(
    ...['authority', 'recall', id],
  );
  for (const fingerprint of before) {
    assert.equal(
      outstanding.some(({ fingerprint256 }) => fingerprint256 === fingerprint),
      false,
    );
  }
  await end(id);
});
