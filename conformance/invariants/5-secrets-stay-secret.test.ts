import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { asserting, claimsFor, es256, hs256, jws, signingKey } from './testing/assertions.ts';
import { House, mortise, payments, serveOn } from './testing/house.ts';
import { basic, bearer, type HttpsAnswer } from './testing/https-request.ts';
import {
  filesUnder,
  findings,
  keyNeedles,
  type Needle,
  octetNeedles,
  textNeedles,
} from './testing/needles.ts';

const passphrase = `correct horse ${randomBytes(6).toString('hex')}`;
let house: House;
const needles: Needle[] = [];
/** What commands printed that was not meant to hold a secret. */
let printed = '';

before(async () => {
  house = await House.start({
    flags: ['--log-level', 'trace'],
    environment: { MORTISE_PASSPHRASE: passphrase },
  });
  needles.push(...textNeedles('the passphrase', passphrase));
  needles.push(...textNeedles("the administrator's token", await house.administratorToken()));
  await house.resource();
  await session();
});
after(() => house.discard());

const secrets: string[] = [];

function secret(name: string, text: string): string {
  assert.match(text, /^mrt_/, name);
  secrets.push(text);
  needles.push(...textNeedles(name, text));
  return text;
}

/** A day in the life of a server: right and wrong requests of every kind, each with something to hide. */
async function session(): Promise<void> {
  const { issuer } = house.ready;
  const keep = (name: string, { body }: HttpsAnswer): void => {
    if (body['access_token'] !== undefined) needles.push(...textNeedles(name, String(body['access_token'])));
  };
  const basicSecret = secret('a secret', await house.client('by-secret'));
  const method = 'client_secret_jwt';
  const whole = secret(
    'a whole secret',
    await house.client('by-mac', { token_endpoint_auth_method: method }),
  );
  const added = await house.administer('POST', '/clients/by-secret/secrets', {});
  secret('an added secret', String(added['client_secret']));
  const key = signingKey();
  needles.push(
    ...keyNeedles('a key of a client', key.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string),
  );
  await house.client('by-key', { token_endpoint_auth_method: 'private_key_jwt', jwks: key.jwks });
  const identity = await house.certified('by-certificate');
  needles.push(...keyNeedles('a generated key', identity.key));

  keep('a bearer token', await house.token('public', { headers: basic('by-secret', basicSecret) }));
  keep('a bound token', await house.token('mtls', { identity, form: { client_id: 'by-certificate' } }));
  for (const compact of [
    jws({ alg: 'HS256' }, claimsFor('by-mac', issuer), hs256(whole)),
    jws({ alg: 'ES256' }, claimsFor('by-key', issuer), es256(key.privateKey)),
  ]) {
    needles.push(...textNeedles('an assertion', compact));
    const used = await house.token('public', { form: asserting(compact) });
    assert.equal(used.status, 200, used.text);
    keep('a token by assertion', used);
    assert.equal((await house.token('public', { form: asserting(compact) })).status, 401, 'replayed');
    const changed = compact.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    await house.token('public', { form: asserting(changed) });
  }

  // In wrong places, and broken.
  const misplaced = [
    { headers: basic('nobody', basicSecret) },
    { headers: { authorization: `Bearer ${basicSecret}` } },
    { headers: { authorization: `Basic ${basicSecret}` } },
    { headers: basic('by-key', basicSecret) },
    { form: { client_id: 'by-secret', client_secret: basicSecret } },
    { form: { client_id: 'by-secret', client_secret: basicSecret, client_assertion: whole } },
    { form: { client_id: 'by-mac', client_secret: whole } },
    { form: { client_id: 'by-secret', token: basicSecret, scope: '"' } },
  ];
  for (const call of misplaced) {
    for (const path of ['token', 'introspect', 'revoke']) {
      await house.send('mtls', `/oauth2/${path}`, { form: {}, ...call });
      await house.send('public', `/oauth2/${path}?client_secret=${basicSecret}`, { form: {}, ...call });
    }
  }
  const token = await house.administratorToken();
  await house.send('mtls', `/admin/v1/clients?access_token=${token}`);
  await house.send('mtls', '/admin/v1/clients', { headers: bearer(basicSecret) });
  await house.send('mtls', '/admin/v1/clients', { headers: bearer(token) });
  await house.ask('POST', '/clients', { client_id: 'chosen', client_secret: basicSecret });
  await house.ask('POST', '/clients', {
    client_id: 'x',
    jwks: { keys: [key.privateKey.export({ format: 'jwk' })] },
  });
  const csr = identity.key;
  assert.equal((await house.ask('POST', '/certificates', { client_id: 'by-certificate', csr })).status, 400);
  await house.administer('POST', '/keys/rotate', { alg: 'ES256' }).catch(() => undefined);
  const explained = { certificate: identity.leaf, token, resource: payments };
  await house.administer('POST', '/clients/by-certificate/explain', explained);
  await house.ask('POST', '/clients/by-certificate/explain', { certificate: identity.key });
  await house.administer('POST', '/clients/by-certificate/revoke', {});

  const command = async (...words: string[]): Promise<void> => {
    const result = await house.command(...words);
    printed += result.stdout + result.stderr;
  };
  await command('client', 'show', 'by-secret', '--json');
  await command('secret', 'list', 'by-secret', '--json');
  await command('secret', 'list', 'by-mac');
  await command('key', 'list', '--json');
  await command('authority', 'show', '--json');
  await command('audit', 'list', '--json');
}

test('invariant 5: neither log nor anything that is listed holds a secret, a private key, a token or an assertion', async () => {
  assert.ok(house.logged.length > 1000, 'it logs what happens');
  assert.deepEqual(findings(Buffer.from(house.logged), needles), []);
  assert.ok(printed.includes('by-secret'));
  assert.deepEqual(findings(Buffer.from(printed), needles), []);
  for (const path of [
    '/clients',
    '/clients/by-secret',
    '/clients/by-mac',
    '/keys',
    '/authorities',
    '/events?limit=1000',
  ]) {
    const answer = await house.ask('GET', path);
    assert.equal(answer.status, 200, path);
    assert.deepEqual(findings(Buffer.from(answer.text), needles), [], path);
  }
  for (const clientId of ['by-secret', 'by-mac', 'by-key', 'nobody']) {
    const answer = await house.ask('GET', `/clients/${clientId}/refusals`);
    assert.deepEqual(findings(Buffer.from(answer.text), needles), [], clientId);
  }
});

test('invariant 5: what looks for secrets finds them where they are', () => {
  const administrator = house.administrator.key;
  assert.ok(findings(Buffer.from(administrator), keyNeedles('key', administrator)).length > 2);
  for (const text of secrets) {
    for (const form of ['utf8', 'hex', 'base64url'] as const) {
      const written = Buffer.from(`{"x":"${Buffer.from(text).toString(form)}"}`);
      assert.ok(findings(written, needles).length > 0, form);
    }
  }
});

test('invariant 5: the files of a running and of a killed server hold none but the key of its administrator', async () => {
  const administrator = house.administrator.key;
  const hidden = [...needles, ...keyNeedles('the key of the administrator', administrator)];
  const check = (): void => {
    const files = filesUnder(house.data);
    assert.ok(files.has('mortise.db'));
    for (const [path, octets] of files) {
      if (path === join('admin', 'key.pem')) continue;
      assert.deepEqual(findings(octets, hidden), [], path);
    }
    assert.equal(statSync(join(house.data, 'admin', 'key.pem')).mode & 0o777, 0o600);
  };
  check();
  await house.kill('SIGKILL');
  check();
  await house.restart();
});

test('invariant 5: a backup holds neither keys nor secrets, and not the key that would open them', async () => {
  const file = join(house.folder, 'backup');
  const result = await house.command('backup', file);
  assert.equal(result.status, 0, result.stderr);
  const lines = gunzipSync(readFileSync(file));
  assert.ok(lines.includes('by-secret'));
  const hidden = [...needles, ...keyNeedles('the key of the administrator', house.administrator.key)];
  assert.deepEqual(findings(lines, hidden), []);
  const cells = lines.toString().matchAll(/\{"base64":"([^"]*)"\}/g);
  for (const [, base64] of cells) {
    assert.deepEqual(findings(Buffer.from(base64!, 'base64'), hidden), []);
  }
});

test('invariant 5: a secret is shown by the act that made it and never again', async () => {
  const shown = await house.ask('POST', '/clients', { client_id: 'once' });
  const text = secret('a secret shown once', String(shown.body['client_secret']));
  assert.equal(shown.headers['cache-control'], 'no-store');
  const updated = await house.ask('PATCH', '/clients/once', { client_name: 'Once' });
  for (const answer of [updated, await house.ask('GET', '/clients/once')]) {
    assert.equal(answer.status, 200);
    assert.equal(answer.text.includes(text), false);
  }
  assert.equal(updated.body['client_secret'], undefined);
});

test('invariant 5: a wrong master key or passphrase is refused without a word of it', async () => {
  await house.kill('SIGTERM');
  for (const [name, value] of [
    ['MORTISE_PASSPHRASE', 'a quite different passphrase'],
    ['MORTISE_PASSPHRASE', 'short'],
    ['MORTISE_MASTER_KEY', randomBytes(32).toString('base64url')],
    ['MORTISE_MASTER_KEY', 'not-a-key-at-all'],
  ] as const) {
    const result = await mortise(serveOn(house.data), { environment: { [name]: value } });
    assert.equal(result.status, 2);
    assert.match(result.stderr, /^mortise: [^\n]*(master key|passphrase)[^\n]*\n$/);
    assert.deepEqual(findings(Buffer.from(result.stderr + result.stdout), textNeedles(name, value)), []);
  }
  await house.restart();
});

test('invariant 5: the master key is made for its owner alone, and lies nowhere else', async () => {
  const other = await House.start({ flags: ['--log-level', 'trace'] });
  await other.resource();
  await other.client('someone', { token_endpoint_auth_method: 'client_secret_jwt' });
  const path = join(other.data, 'master.key');
  const text = readFileSync(path, 'utf8').trim();
  const hidden = [
    ...textNeedles('the master key', text),
    ...octetNeedles('the master key, octets', Buffer.from(text, 'base64url')),
  ];
  assert.equal(statSync(path).mode & 0o777, 0o600);
  for (const [name, octets] of filesUnder(other.data)) {
    if (name !== 'master.key' && name !== join('admin', 'key.pem')) {
      assert.deepEqual(findings(octets, hidden), [], name);
    }
  }
  assert.deepEqual(findings(Buffer.from(other.logged), hidden), []);
  await other.discard();
});
