import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import { X509Error } from '../../errors.ts';
import { NOW, TestAuthority } from '../../path/testing/test-authority.ts';
import { validatePath } from '../../path/validate-path.ts';
import { type CheckRevocationOptions, checkRevocation } from '../check/check-revocation.ts';
import type { RevocationStatus } from '../check/status.ts';
import { createCrl } from '../crl/create-crl.ts';
import { withExtension } from '../testing/ocsp-extension.ts';
import { openssl } from '../testing/openssl.ts';
import { certificateId } from './certificate-id.ts';
import {
  createOcspError,
  createOcspResponse,
  type OcspResponseFields,
  type SingleResponseFields,
} from './create-ocsp-response.ts';
import { OcspResponse } from './ocsp-response.ts';

const ca = await TestAuthority.root('CN=CA', { notBefore: NOW - 30 * 86_400_000 });
const leaf = await ca.leaf('CN=Leaf', { notBefore: NOW - 20 * 86_400_000 });
const otherLeaf = await ca.leaf('CN=Other');
const issuer = ca.certificate;
const id = certificateId(leaf.serialBytes, issuer);
const PURPOSE = {
  extendedKeyUsage: ['ocspSigning'],
  basicConstraints: undefined,
  keyUsage: ['digitalSignature'],
} as const;
const clerk = await ca.authority('CN=Clerk', PURPOSE);

function single(overrides: Partial<SingleResponseFields> = {}): SingleResponseFields {
  return { id, status: 'good', thisUpdate: NOW - 1000, nextUpdate: NOW + 5000, ...overrides };
}

async function response(overrides: Partial<OcspResponseFields> = {}, by = ca): Promise<Buffer> {
  return await createOcspResponse({ responses: [single()], producedAt: NOW - 1000, ...overrides }, by.signer);
}

async function check(
  der: Uint8Array,
  options: Partial<CheckRevocationOptions> = {},
): Promise<RevocationStatus> {
  return await checkRevocation({ certificate: leaf, issuer, ocspResponses: [der], at: NOW, ...options });
}

function summary(status: RevocationStatus): string {
  if (status.status === 'good') return 'good';
  if (status.status === 'revoked') return status.reason;
  return [...new Set(status.problems.map(({ code }) => code))].join(' ');
}

async function verdict(overrides: Partial<OcspResponseFields>, by = ca): Promise<string> {
  return summary(await check(await response(overrides, by)));
}

describe('an OCSP response', () => {
  it('satisfies OpenSSL, with times that have no fractions', async () => {
    const der = await response({
      responses: [single({ status: { revokedAt: NOW - 3000.5, reason: 'keyCompromise' } })],
    });
    const files = { 'ca.pem': issuer.toPem(), 'leaf.pem': leaf.toPem(), 'r.der': der };
    const common = ['-issuer', 'ca.pem', '-cert', 'leaf.pem', '-CAfile', 'ca.pem', '-no_nonce'];
    const time = ['-attime', String(NOW / 1000), '-validity_period', '999999999'];
    const text = openssl(files, ['ocsp', '-respin', 'r.der', ...common, ...time]);
    assert.match(text, /leaf\.pem: revoked/);
    assert.match(text, /keyCompromise/);
    assert.ok(!der.toString('latin1').includes('.5'));
  });

  it('is read as it was made', async () => {
    const nonce = Buffer.alloc(16, 3);
    const read = OcspResponse.parse(
      await response({ nonce, responder: issuer.subject, certificates: [clerk.certificate] }),
    );
    assert.equal(read.status, 'successful');
    assert.equal(read.basic?.producedAt, NOW - 1000);
    assert.ok(read.basic?.nonce?.equals(nonce));
    assert.ok('name' in read.basic!.responderId && read.basic.responderId.name.equals(issuer.subject));
    assert.equal(read.basic.certificates.length, 1);
    assert.equal(read.basic.responses[0]?.nextUpdate, NOW + 5000);
  });

  it('answers good and revoked', async () => {
    const good = await check(await response());
    assert.deepEqual(good, { status: 'good', source: 'ocsp', validUntil: NOW + 5000 });
    const revoked = await check(
      await response({ responses: [single({ status: { revokedAt: NOW - 9000 } })] }),
    );
    assert.ok(revoked.status === 'revoked');
    assert.equal(revoked.revokedAt, NOW - 9000);
    assert.equal(revoked.reason, 'unspecified');
    assert.equal(await verdict({ responder: issuer.subject }), 'good');
    assert.equal(
      await verdict({ responses: [single({ id: certificateId(leaf.serialBytes, issuer, 'sha256') })] }),
      'good',
    );
  });

  it('of several answers, gives the worst', async () => {
    const revoked = single({ status: { revokedAt: NOW - 9000 } });
    assert.equal(await verdict({ responses: [single(), single({ status: 'unknown' })] }), 'status_unknown');
    assert.equal(
      await verdict({ responses: [single(), revoked, single({ status: 'unknown' })] }),
      'unspecified',
    );
    const outdated = single({ status: 'unknown', nextUpdate: NOW - 1000 });
    assert.equal(await verdict({ responses: [outdated, single()] }), 'good');
  });

  it('is of no use about others, too early, too late or without an answer', async () => {
    const other = certificateId(otherLeaf.serialBytes, issuer);
    assert.equal(await verdict({ responses: [single({ id: other })] }), 'no_answer');
    assert.equal(await verdict({ responses: [single({ status: 'unknown' })] }), 'status_unknown');
    assert.equal(await verdict({ responses: [single({ thisUpdate: NOW + 1000 })] }), 'not_yet_valid');
    assert.equal(await verdict({ responses: [single({ nextUpdate: NOW - 1000 })] }), 'stale');
    const open = { nextUpdate: undefined };
    assert.equal(await verdict({ responses: [single(open)] }), 'good');
    assert.equal(
      await verdict({ responses: [single({ ...open, thisUpdate: NOW - 8 * 86_400_000 })] }),
      'stale',
    );
    assert.equal(await verdict({ producedAt: leaf.notBefore - 1000 }), 'stale');
    assert.equal(await verdict({ producedAt: leaf.notAfter + 1000 }), 'stale');
    assert.equal(summary(await check(createOcspError('tryLater'))), 'error_response');
    assert.equal(summary(await check(Buffer.from('rubbish'))), 'malformed');
  });

  it('counts only by the issuer or by whom the issuer asked', async () => {
    const certificates = [clerk.certificate];
    assert.equal(await verdict({ certificates }, clerk), 'good');
    assert.equal(await verdict({}, clerk), 'signer_unknown');
    assert.equal(summary(await check(await response({}, clerk), { certificates })), 'good');
    const without = await ca.authority('CN=Clerk', { ...PURPOSE, extendedKeyUsage: undefined });
    assert.equal(await verdict({ certificates: [without.certificate] }, without), 'signer_not_authorized');
    const anyPurpose = await ca.authority('CN=Clerk', {
      ...PURPOSE,
      extendedKeyUsage: [OID.anyExtendedKeyUsage],
    });
    assert.equal(
      await verdict({ certificates: [anyPurpose.certificate] }, anyPurpose),
      'signer_not_authorized',
    );
    const expired = await ca.authority('CN=Clerk', { ...PURPOSE, notAfter: NOW - 1000 });
    assert.equal(await verdict({ certificates: [expired.certificate] }, expired), 'signer_not_authorized');
    const odd = await ca.authority('CN=Clerk', {
      ...PURPOSE,
      extensions: [{ oid: '1.2.3', critical: true, value: Buffer.of(5, 0) }],
    });
    assert.equal(await verdict({ certificates: [odd.certificate] }, odd), 'signer_not_authorized');
    const foreign = await (await TestAuthority.root('CN=CA')).authority('CN=Clerk', PURPOSE);
    assert.equal(await verdict({ certificates: [foreign.certificate] }, foreign), 'signer_not_authorized');
    const grandchild = await (await ca.authority('CN=Sub')).authority('CN=Clerk', PURPOSE);
    assert.equal(
      await verdict({ certificates: [grandchild.certificate] }, grandchild),
      'signer_not_authorized',
    );
    assert.equal(await verdict({ responder: issuer.subject }, clerk), 'signature_invalid');
  });

  it('does not count by a responder that a CRL revokes, unless nobody need ask', async () => {
    const noCheck = await ca.authority('CN=Clerk', {
      ...PURPOSE,
      extensions: [{ oid: OID.ocspNoCheck, value: Buffer.of(5, 0) }],
    });
    for (const [by, expected] of [
      [clerk, 'signer_revoked'],
      [noCheck, 'good'],
    ] as const) {
      const list = await createCrl(
        {
          issuer,
          thisUpdate: NOW - 1000,
          nextUpdate: NOW + 1000,
          crlNumber: 1,
          entries: [{ serialNumber: by.certificate.serialBytes, revokedAt: NOW - 5000 }],
        },
        ca.signer,
      );
      const der = await about(leafWithPoint, by);
      const status = await check(der, { certificate: leafWithPoint, crls: [list] });
      assert.equal(summary(status), expected);
    }
  });

  it('repeats the nonce that was asked for', async () => {
    const nonce = Buffer.alloc(16, 1);
    const der = await response({ nonce });
    assert.equal(summary(await check(der, { nonce })), 'good');
    assert.equal(summary(await check(der, { nonce: Buffer.alloc(16, 2) })), 'nonce_mismatch');
    assert.equal(summary(await check(await response(), { nonce })), 'nonce_mismatch');
    assert.equal(summary(await check(der)), 'good');
  });

  it('is of no use with critical extensions that are not known, the transparency list excepted', async () => {
    const scts = '1.3.6.1.4.1.11129.2.4.5';
    assert.equal(
      summary(await check(await withExtension(await response(), '1.2.3.4', true, ca.signer))),
      'unknown_critical_extension',
    );
    assert.equal(
      summary(await check(await withExtension(await response(), '1.2.3.4', false, ca.signer))),
      'good',
    );
    assert.equal(summary(await check(await withExtension(await response(), scts, true, ca.signer))), 'good');
  });

  it('that is cut off or changed anywhere never turns into another answer', async () => {
    const good = await response({ certificates: [clerk.certificate] }, clerk);
    for (let i = 0; i < good.length; i++) {
      assert.throws(() => OcspResponse.parse(good.subarray(0, i)), X509Error);
      const changed = Buffer.from(good);
      changed[i]! ^= 0x01;
      try {
        OcspResponse.parse(changed);
      } catch (cause) {
        assert.ok(cause instanceof X509Error);
      }
      if (i % 7 === 0) assert.notEqual((await check(changed)).status, 'revoked');
    }
  });

  it('stapled, settles the status of the leaf', async () => {
    const options = { leaf, anchors: [issuer], at: NOW, revocation: 'require' as const };
    assert.equal((await validatePath({ ...options, ocspResponses: [await response()] })).valid, true);
    assert.equal((await validatePath(options)).valid, false);
    const revoked = await response({ responses: [single({ status: { revokedAt: NOW - 1000 } })] });
    const result = await validatePath({ ...options, ocspResponses: [revoked] });
    assert.ok(!result.valid);
    assert.equal(result.failures[0]?.code, 'revoked');
  });
});

/** A leaf that the CRLs of these tests do not cover. */
const leafWithPoint = await ca.leaf('CN=Point', {
  notBefore: NOW - 86_400_000,
  extensions: [
    {
      oid: OID.cRLDistributionPoints,
      value: encodeDer((writer) => {
        writer.sequence(() => {
          writer.sequence(() => {
            writer.constructed(0xa2, () =>
              writer.constructed(0xa4, () => writer.raw(clerk.certificate.subject.der)),
            );
          });
        });
      }),
    },
  ],
});

async function about(certificate: Certificate, by: TestAuthority): Promise<Buffer> {
  const responses = [single({ id: certificateId(certificate.serialBytes, issuer) })];
  return await response({ responses, certificates: [by.certificate] }, by);
}
