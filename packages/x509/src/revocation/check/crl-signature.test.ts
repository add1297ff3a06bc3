import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { NOW, p256, TestAuthority } from '../../path/testing/test-authority.ts';
import { createCrl } from '../crl/create-crl.ts';
import { checkRevocation } from './check-revocation.ts';

describe('checkRevocation', () => {
  it('verifies large lists of every kind of key, and refuses forged ones', async () => {
    const entries = Array.from({ length: 12_000 }, (_, i) => {
      const serialNumber = Buffer.alloc(16, 0x55);
      serialNumber.writeUInt32BE(i, 4);
      return { serialNumber, revokedAt: NOW - 1, reason: 'superseded' as const };
    });
    const pairs = [
      p256(),
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ed25519'),
    ];
    for (const pair of pairs) {
      const authority = await TestAuthority.root('CN=Large', {}, pair);
      const certificate = await authority.leaf('CN=Leaf');
      const fields = { thisUpdate: NOW - 1000, nextUpdate: NOW + 1000, crlNumber: 1, entries };
      const list = await createCrl({ issuer: authority.certificate, ...fields }, authority.signer);
      assert.ok(list.der.length > 300_000);
      const options = { certificate, issuer: authority.certificate, at: NOW };
      const good = await checkRevocation({ ...options, crls: [list] });
      assert.equal(good.status, 'good');
      const forged = Buffer.from(list.der);
      forged[forged.length - 1]! ^= 1;
      const bad = await checkRevocation({ ...options, crls: [forged] });
      assert.ok(bad.status === 'unknown');
      assert.equal(bad.problems[0]?.code, 'signature_invalid');
    }
  });
});
