import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { type DerWriter, encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { importPublicKey, readPublicKeyInfo } from './public-key.ts';
import { keyIdentifier, spkiOf } from './spki.ts';

function der(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function spki(oid: string, parameters: ((writer: DerWriter) => void) | undefined, key: Buffer): Buffer {
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.sequence(() => {
        writer.oid(oid);
        parameters?.(writer);
      });
      writer.bitString(key);
    });
  });
}

function rsaKey(modulus: Buffer, exponent: Buffer): Buffer {
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.integer(modulus);
      writer.integer(exponent);
    });
  });
}

const F4 = Buffer.of(1, 0, 1);
const nothing = (writer: DerWriter): void => writer.null();
const p256 = (writer: DerWriter): void => writer.oid(OID.p256);

describe('public keys', () => {
  it('are described without being imported', () => {
    const rsa = readPublicKeyInfo(der(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey));
    assert.ok(
      rsa.kind === 'rsa' && rsa.bits === 1024 && rsa.modulus.length === 128 && rsa.exponent.equals(F4),
    );
    for (const [namedCurve, bits] of [
      ['P-224', 224],
      ['P-256', 256],
      ['P-384', 384],
      ['P-521', 521],
    ] as const) {
      const info = readPublicKeyInfo(der(generateKeyPairSync('ec', { namedCurve }).publicKey));
      assert.deepEqual(info, { kind: 'ec', curve: namedCurve, bits });
    }
    assert.equal(readPublicKeyInfo(der(generateKeyPairSync('ed25519').publicKey)).kind, 'ed25519');
    assert.equal(readPublicKeyInfo(der(generateKeyPairSync('ml-dsa-65').publicKey)).kind, 'ml-dsa-65');
    assert.equal(
      readPublicKeyInfo(der(generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).publicKey)).kind,
      'rsa-pss',
    );
  });

  it('are imported, and exported to the same octets', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    assert.ok(importPublicKey(der(publicKey)).equals(publicKey));
    assert.deepEqual(spkiOf(publicKey), der(publicKey));
    assert.equal(spkiOf(publicKey), spkiOf(publicKey));
    assert.equal(keyIdentifier(der(publicKey)).length, 20);
  });

  const point = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]);
  const modulus = Buffer.alloc(128, 0xff);
  const refused: readonly (readonly [string, Buffer, string])[] = [
    ['an unknown algorithm', spki('1.2.3', undefined, Buffer.of(1)), 'key_unsupported'],
    ['X25519, which does not sign', der(generateKeyPairSync('x25519').publicKey), 'key_unsupported'],
    [
      'another curve',
      der(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
      'key_unsupported',
    ],
    [
      'explicit curve parameters',
      der(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey),
      'key_unsupported',
    ],
    ['no curve', spki(OID.ecPublicKey, undefined, point), 'key_unsupported'],
    ['a point of the wrong length', spki(OID.ecPublicKey, p256, point.subarray(1)), 'key_invalid'],
    ['the point at infinity', spki(OID.ecPublicKey, p256, Buffer.of(0)), 'key_invalid'],
    ['a point that is not on the curve', spki(OID.ecPublicKey, p256, point), 'key_invalid'],
    ['an RSA key without NULL', spki(OID.rsaEncryption, undefined, rsaKey(modulus, F4)), 'key_invalid'],
    [
      'an RSA modulus of 32768 bits',
      spki(OID.rsaEncryption, nothing, rsaKey(Buffer.alloc(4096, 0xff), F4)),
      'key_unsupported',
    ],
    [
      'an RSA modulus of 8 bits',
      spki(OID.rsaEncryption, nothing, rsaKey(Buffer.of(0xff), F4)),
      'key_invalid',
    ],
    ['an RSA modulus of zero', spki(OID.rsaEncryption, nothing, rsaKey(Buffer.of(0), F4)), 'key_invalid'],
    ['an RSA exponent of 1', spki(OID.rsaEncryption, nothing, rsaKey(modulus, Buffer.of(1))), 'key_invalid'],
    [
      'an RSA exponent of 72 bits',
      spki(OID.rsaEncryption, nothing, rsaKey(modulus, Buffer.alloc(9, 0xff))),
      'key_unsupported',
    ],
    [
      'a negative RSA modulus',
      spki(OID.rsaEncryption, nothing, Buffer.from('30060201ff020103', 'hex')),
      'key_invalid',
    ],
    [
      'RSA numbers with something behind',
      spki(OID.rsaEncryption, nothing, Buffer.concat([rsaKey(modulus, F4), F4])),
      'der_trailing_data',
    ],
    ['an Ed25519 key with parameters', spki(OID.ed25519, nothing, Buffer.alloc(32)), 'key_invalid'],
    [
      'an Ed25519 key of order 1, under which anybody signs anything',
      spki(OID.ed25519, undefined, Buffer.from(`01${'00'.repeat(31)}`, 'hex')),
      'key_invalid',
    ],
    [
      'an Ed25519 key of order 8, with its sign set',
      spki(
        OID.ed25519,
        undefined,
        Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', 'hex'),
      ),
      'key_invalid',
    ],
    ['an Ed25519 key of 31 octets', spki(OID.ed25519, undefined, Buffer.alloc(31)), 'key_invalid'],
    ['an ML-DSA key that is too short', spki(OID.mlDsa44, undefined, Buffer.alloc(100)), 'key_invalid'],
    [
      'a DSA key that inherits its parameters',
      spki(OID.dsa, undefined, Buffer.of(2, 1, 1)),
      'key_unsupported',
    ],
    ['nothing', Buffer.alloc(0), 'der_truncated'],
    [
      'something behind',
      Buffer.concat([spki(OID.ed25519, undefined, Buffer.alloc(32, 1)), Buffer.of(0)]),
      'der_trailing_data',
    ],
  ];
  for (const [what, bytes, code] of refused) {
    it(`refuse ${what}`, () => assert.throws(() => importPublicKey(bytes), { name: 'X509Error', code }));
  }
});
