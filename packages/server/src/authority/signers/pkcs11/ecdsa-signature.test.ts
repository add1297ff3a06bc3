import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { encodeEcdsaSignature } from './ecdsa-signature.ts';
import { Pkcs11Error } from './pkcs11-error.ts';

test('r and s become the DER that OpenSSL verifies', () => {
  for (const namedCurve of ['P-256', 'P-384']) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    for (let index = 0; index < 100; index += 1) {
      const message = createHash('sha256').update(String(index)).digest();
      const bare = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      assert.ok(verify('sha256', message, publicKey, encodeEcdsaSignature(bare)));
    }
  }
});

test('integers are as short as DER wants them, and never negative', () => {
  const signature = Buffer.from('0000007f00000080', 'hex');
  assert.equal(encodeEcdsaSignature(signature).toString('hex'), '300702017f02020080');
  assert.equal(encodeEcdsaSignature(Buffer.alloc(2)).toString('hex'), '3006020100020100');
});

for (const length of [0, 63, 98]) {
  test(`a signature of ${length} octets is refused`, () => {
    assert.throws(
      () => encodeEcdsaSignature(Buffer.alloc(length, 1)),
      (error) => error instanceof Pkcs11Error && error.code === 'token_failed',
    );
  });
}
