import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { derToJws, jwsToDer } from './ecdsa-signature.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

test('OpenSSL accepts what is converted to the JWS form, and the conversion back is exact', () => {
  for (let i = 0; i < 600; i++) {
    const input = Buffer.from(`message ${i}`);
    const der = sign('sha256', input, privateKey);
    const jws = Buffer.from(derToJws(der), 'base64url');
    assert.equal(jws.length, 64);
    assert.equal(verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, jws), true);
    assert.deepEqual(jwsToDer(jws), der);
  }
});

test('property: any two numbers of 32 octets survive both conversions, short and long ones too', () => {
  const number = fc
    .tuple(fc.nat({ max: 31 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    .map(([zeros, octets]) => octets.map((octet, i) => (i < zeros ? 0 : octet)));
  fc.assert(
    fc.property(number, number, (r, s) => {
      const jws = Buffer.concat([r, s]);
      assert.equal(derToJws(jwsToDer(jws)!), jws.toString('base64url'));
    }),
    { numRuns: 500 },
  );
});

test('a signature that is not 64 octets has no DER form', () => {
  for (const length of [0, 1, 63, 65, 72, 128]) assert.equal(jwsToDer(Buffer.alloc(length)), undefined);
});
