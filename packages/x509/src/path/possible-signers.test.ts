import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { spkiOf } from '../keys/spki.ts';
import { pointOf, possibleSigners } from './possible-signers.ts';
import { p256 } from './testing/test-authority.ts';

const message = Buffer.from('signed');

describe('possibleSigners', () => {
  it('has the key that signed, and one more at most', () => {
    for (const hash of ['sha256', 'sha384', 'sha512', 'sha1'] as const) {
      for (let i = 0; i < 25; i++) {
        const { publicKey, privateKey } = p256();
        const data = randomBytes(i);
        const signers = possibleSigners(data, hash, sign(hash, data, privateKey));
        assert.ok(signers !== undefined && signers.size <= 2);
        assert.ok(signers.has(pointOf(spkiOf(publicKey))!));
      }
    }
  });

  it('answers keys under which the signature verifies, and no others', () => {
    const signature = sign('sha256', message, p256().privateKey);
    const header = spkiOf(p256().publicKey).subarray(0, 26);
    const signers = possibleSigners(message, 'sha256', signature)!;
    assert.equal(signers.size, 2);
    for (const point of signers) {
      const key = Buffer.concat([header, Buffer.from(point, 'latin1')]);
      assert.equal(verify('sha256', message, { key, format: 'der', type: 'spki' }, signature), true);
    }
    const others = possibleSigners(Buffer.from('another'), 'sha256', signature)!;
    for (const point of others) assert.ok(!signers.has(point));
  });

  it('has no key for a signature that is none', () => {
    for (const hex of [
      '',
      '3000',
      '3006020100020101',
      '3006020101020100',
      '30060201ff020101',
      // r is the order of the group; r is on no point.
      '3026022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101',
    ]) {
      assert.deepEqual(possibleSigners(message, 'sha256', Buffer.from(hex, 'hex')), new Set());
    }
  });

  it('does not answer where the point of the signature is ambiguous', () => {
    assert.equal(possibleSigners(message, 'sha256', Buffer.from('3006020105020101', 'hex')), undefined);
  });

  it('knows the points of P-256 keys alone', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    assert.equal(pointOf(spkiOf(publicKey)), undefined);
    assert.equal(pointOf(spkiOf(generateKeyPairSync('ed25519').publicKey)), undefined);
  });
});
