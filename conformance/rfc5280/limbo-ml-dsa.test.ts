/** The situations of x509-limbo for ML-DSA (RFC 9881), and CRL and OCSP response by the same keys. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  CertificateRequest,
  certificateId,
  createCertificateRequest,
  createCrl,
  createOcspResponse,
  validatePath,
} from '@mortise/x509';
import { type Fields, type Holder, makeLeaf, makeRoot, NOW } from './making/authorities.ts';

const KINDS = ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const;

async function codes(leaf: Holder, root: Holder): Promise<string[]> {
  const result = await validatePath({
    leaf: leaf.certificate,
    anchors: [root.certificate],
    at: NOW,
    purpose: 'serverAuth',
    name: { type: 'dns', value: 'example.com' },
    policy: 'rfc5280',
  });
  return result.valid ? [] : result.failures.map(({ code }) => code);
}

describe('ML-DSA', () => {
  for (const kind of KINDS) {
    it(`certifies with ${kind}, and a signature by another key is found out`, async () => {
      const root = await makeRoot({}, generateKeyPairSync(kind));
      const leaf = await makeLeaf(root, {}, generateKeyPairSync(kind));
      assert.deepEqual(await codes(leaf, root), []);
      const impostor = await makeRoot({}, generateKeyPairSync(kind));
      assert.deepEqual(await codes(await makeLeaf(impostor), root), ['signature_invalid']);
    });

    it(`signs requests, CRLs and OCSP responses with ${kind}`, async () => {
      const root = await makeRoot({}, generateKeyPairSync(kind));
      const leaf = await makeLeaf(root, {}, generateKeyPairSync(kind));
      const request = await createCertificateRequest({ subject: 'CN=a', signer: leaf.signer });
      assert.equal(CertificateRequest.parse(request.toPem()).verifySignature(), true);
      const times = { thisUpdate: NOW - 1000, nextUpdate: NOW + 1000 };
      const crl = { issuer: root.certificate, entries: [], crlNumber: 1, ...times };
      const id = certificateId(leaf.certificate.serialBytes, root.certificate);
      const responses = [{ id, status: 'good', ...times }] as const;
      for (const known of [
        { crls: [await createCrl(crl, root.signer)] },
        { ocspResponses: [await createOcspResponse({ producedAt: NOW, responses }, root.signer)] },
      ]) {
        const path = { leaf: leaf.certificate, anchors: [root.certificate], at: NOW };
        const result = await validatePath({ ...path, ...known, revocation: 'require' });
        assert.equal(result.valid, true);
      }
    });
  }

  for (const keyUsage of ['keyEncipherment', 'keyAgreement'] as const) {
    it(`refuses ${keyUsage} for a key that can only sign`, async () => {
      const root = await makeRoot({}, generateKeyPairSync('ml-dsa-44'));
      const fields: Fields = { keyUsage: ['digitalSignature', keyUsage] };
      const leaf = await makeLeaf(root, fields, generateKeyPairSync('ml-dsa-44'));
      assert.deepEqual(await codes(leaf, root), ['extension_inconsistent']);
    });
  }
});
