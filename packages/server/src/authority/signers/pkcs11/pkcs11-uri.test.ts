import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pkcs11Error } from './pkcs11-error.ts';
import { formatKeyLocation, readKeyLocation } from './pkcs11-uri.ts';

test('a URI names the token, the label and the id, percent-encoded octet by octet', () => {
  assert.deepEqual(readKeyLocation('pkcs11:token=My%20Token;object=root;id=%01%fF;type=private'), {
    token: 'My Token',
    object: 'root',
    id: '01ff',
  });
  assert.deepEqual(readKeyLocation('pkcs11:id=%00;token=t'), { token: 't', id: '00' });
  assert.deepEqual(readKeyLocation('PKCS11:token=t;object=é'), { token: 't', object: 'é' });
});

test('what was read is written in one way, and read again', () => {
  const text = 'pkcs11:token=My%20Token%3B;object=a%2Fb;id=%01%FF;type=private';
  assert.equal(formatKeyLocation(readKeyLocation(text)), text);
});

for (const [why, text] of [
  ['another scheme', 'file:token=a;object=b'],
  ['a PIN', 'pkcs11:token=a;object=b?pin-value=1234'],
  ['the place of a PIN', 'pkcs11:token=a;object=b?pin-source=file:/etc/pin'],
  ['a module', 'pkcs11:token=a;object=b?module-path=/tmp/evil.so'],
  ['a fragment', 'pkcs11:token=a;object=b#c'],
  ['no token', 'pkcs11:object=b'],
  ['an empty token', 'pkcs11:token=;object=b'],
  ['a label longer than tokens have', `pkcs11:token=${'t'.repeat(33)};object=b`],
  ['no key', 'pkcs11:token=a'],
  ['an empty key', 'pkcs11:token=a;object='],
  ['an attribute twice', 'pkcs11:token=a;object=b;object=c'],
  ['an attribute that is not looked at', 'pkcs11:token=a;object=b;serial=1'],
  ['an attribute without a value', 'pkcs11:token=a;object'],
  ['a certificate', 'pkcs11:token=a;object=b;type=cert'],
  ['half an octet', 'pkcs11:token=a;id=%0'],
  ['too much text', `pkcs11:token=a;object=${'b'.repeat(1024)}`],
] as const) {
  test(`a URI with ${why} is refused`, () => {
    assert.throws(
      () => readKeyLocation(text),
      (error) => error instanceof Pkcs11Error && error.code === 'uri_invalid',
    );
  });
}

test('a label with half of a surrogate pair has no URI', () => {
  assert.throws(
    () => formatKeyLocation({ token: '\ud800', object: 'key' }),
    (error) => error instanceof Pkcs11Error && error.code === 'uri_invalid',
  );
});
