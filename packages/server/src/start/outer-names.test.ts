import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveNames, reconcileNames, unservedUrls } from './outer-names.ts';

const nothing = { issuer: undefined, mtlsUrl: undefined, pkiUrl: undefined, serverName: undefined };
const at = (host: string) => ({
  public: { host, port: 1001 },
  mtls: { host, port: 1002 },
  pki: { host, port: 1003 },
});

test('loopback and every interface are called localhost', () => {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::', '', '127.1.2.3']) {
    const names = deriveNames(nothing, at(host));
    assert.deepEqual(
      [names.issuer, names.mtlsUrl, names.pkiUrl],
      ['https://localhost:1001', 'https://localhost:1002', 'http://localhost:1003'],
    );
    assert.deepEqual(names.serverNames, ['localhost', '127.0.0.1', '::1']);
  }
});

test('an address of one interface names the server', () => {
  assert.equal(deriveNames(nothing, at('192.0.2.7')).issuer, 'https://192.0.2.7:1001');
  const names = deriveNames(nothing, at('2001:db8::7'));
  assert.equal(names.mtlsUrl, 'https://[2001:db8::7]:1002');
  assert.ok(names.serverNames.includes('2001:db8::7'));
});

test('with an issuer alone the other names take its host', () => {
  const names = deriveNames(
    { ...nothing, issuer: 'https://auth.example/tenant', serverName: ['alt.example'] },
    at('0.0.0.0'),
  );
  assert.equal(names.mtlsUrl, 'https://auth.example:1002');
  assert.equal(names.pkiUrl, 'http://auth.example:1003');
  assert.deepEqual(names.serverNames, ['auth.example', 'alt.example', 'localhost', '127.0.0.1', '::1']);
});

test('a later difference is refused by its flag, and accepted only on purpose', () => {
  const stored = deriveNames(nothing, at('127.0.0.1'));
  assert.deepEqual(reconcileNames(stored, nothing, false), { names: stored, changed: false });
  const given = { ...nothing, mtlsUrl: 'https://m.example' };
  assert.throws(() => reconcileNames(stored, given, false), {
    code: 'names_differ',
    message: /^--mtls-url says https:\/\/m\.example, but .* https:\/\/localhost:1002/,
  });
  assert.throws(
    () => reconcileNames(stored, { ...nothing, serverName: ['new.example'] }, false),
    /--server-name/,
  );
  const { names, changed } = reconcileNames(stored, given, true);
  assert.equal(changed, true);
  assert.equal(names.mtlsUrl, 'https://m.example');
  assert.equal(names.issuer, stored.issuer);
  assert.ok(names.serverNames.includes('m.example'));
});

test('a URL on this machine with a port that nobody listens on is told', () => {
  const bound = at('127.0.0.1');
  const names = deriveNames(nothing, bound);
  assert.deepEqual(unservedUrls(names, bound), []);
  assert.deepEqual(unservedUrls(names, { ...bound, mtls: { host: '127.0.0.1', port: 2002 } }), [
    { listener: 'mtls', url: 'https://localhost:1002', port: 2002 },
  ]);
  const [issuer] = unservedUrls({ ...names, issuer: 'https://[::1]/tenant' }, bound);
  assert.deepEqual(issuer, { listener: 'public', url: 'https://[::1]/tenant', port: 1001 });
  assert.deepEqual(unservedUrls({ ...names, issuer: 'https://auth.example' }, bound), []);
});
