import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import { Name } from '../../names/name.ts';
import { NOW, TestAuthority } from '../../path/testing/test-authority.ts';
import { validatePath } from '../../path/validate-path.ts';
import { type CrlFields, createCrl } from '../crl/create-crl.ts';
import type { IssuingDistributionPointFields } from '../crl/crl-fields.ts';
import { type RawCrlFields, rawCrl, rawEntry } from '../testing/raw-crl.ts';
import { type CheckRevocationOptions, checkRevocation } from './check-revocation.ts';
import type { RevocationStatus } from './status.ts';

const URI = 'http://crl.example.com/a.crl';
const ca = await TestAuthority.root('CN=CA');
const leaf = await ca.leaf('CN=Leaf', { crlDistributionPoints: [URI] });
const bareLeaf = await ca.leaf('CN=Bare');
const subCa = await ca.authority('CN=Sub', { crlDistributionPoints: [URI] });
const UNKNOWN = { oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) };

async function check(
  crls: readonly (Uint8Array | { der: Buffer })[],
  options: Partial<CheckRevocationOptions> = {},
): Promise<RevocationStatus> {
  const ders = crls.map((crl) => (crl instanceof Uint8Array ? crl : crl.der));
  return await checkRevocation({
    certificate: leaf,
    issuer: ca.certificate,
    crls: ders,
    at: NOW,
    ...options,
  });
}

/** `good`, the reason, or the codes of the problems. */
function summary(status: RevocationStatus): string {
  if (status.status === 'good') return 'good';
  if (status.status === 'revoked') return status.reason;
  return [...new Set(status.problems.map(({ code }) => code))].join(' ');
}

async function crl(fields: Partial<CrlFields> = {}, authority = ca): Promise<{ der: Buffer }> {
  const base = {
    issuer: authority.certificate,
    thisUpdate: NOW - 1000,
    nextUpdate: NOW + 1000,
    crlNumber: 5,
  };
  return await createCrl({ ...base, entries: [], ...fields }, authority.signer);
}

const revoke = (
  certificate: Certificate,
  reason?: 'keyCompromise' | 'certificateHold' | 'removeFromCRL',
): CrlFields['entries'] => [{ serialNumber: certificate.serialBytes, revokedAt: NOW - 5000, reason }];
const raw = (fields: RawCrlFields): Buffer => rawCrl(fields, ca.keys);
const partition = (point: IssuingDistributionPointFields): Partial<CrlFields> => ({
  issuingDistributionPoint: point,
});
const uri = (value: string): { type: 'uri'; value: string } => ({ type: 'uri', value });

describe('checkRevocation by CRL', () => {
  it('answers good until nextUpdate for what is not listed', async () => {
    const status = await check([await crl()]);
    assert.deepEqual(status, { status: 'good', source: 'crl', validUntil: NOW + 1000 });
    assert.equal(summary(await check([await crl()], { certificate: bareLeaf })), 'good');
  });

  it('answers revoked with time and reason for what is', async () => {
    const status = await check([await crl({ entries: revoke(leaf, 'keyCompromise') })]);
    assert.ok(status.status === 'revoked');
    assert.equal(status.revokedAt, NOW - 5000);
    assert.equal(status.reason, 'keyCompromise');
    assert.equal(summary(await check([await crl({ entries: revoke(leaf) })])), 'unspecified');
  });

  it('answers unknown with what could be fetched where nothing is at hand', async () => {
    const certificate = await ca.leaf('CN=Asks', {
      crlDistributionPoints: [URI],
      authorityInformationAccess: { ocsp: ['http://ocsp.example.com/'] },
    });
    const status = await check([], { certificate });
    assert.ok(status.status === 'unknown');
    assert.deepEqual(
      status.needs.map(({ kind, uri: at }) => [kind, at]),
      [
        ['ocsp', 'http://ocsp.example.com/'],
        ['crl', URI],
      ],
    );
  });

  it('compares the names of issuers as RFC 5280 §7.1 wants', async () => {
    assert.equal(summary(await check([raw({ issuer: 'CN=ca' })])), 'good');
  });

  it('takes a list of version 1 and times in either form', async () => {
    assert.equal(summary(await check([raw({ version: 'absent' })])), 'good');
    assert.equal(summary(await check([raw({ generalizedTimes: true })])), 'good');
    const listed = raw({
      entries: (writer) => rawEntry(writer, leaf.serialBytes, [], () => writer.time(NOW, 'generalized')),
    });
    assert.equal(summary(await check([listed])), 'unspecified');
  });

  it('believes a list without nextUpdate for a week', async () => {
    assert.equal(summary(await check([raw({ nextUpdate: 'absent' })])), 'good');
    const old = raw({ nextUpdate: 'absent', thisUpdate: NOW - 8 * 86_400_000 });
    assert.equal(summary(await check([old])), 'stale');
    assert.equal(summary(await check([old], { maxAgeSeconds: 9 * 86_400 })), 'good');
    assert.equal(summary(await check([await crl()], { maxAgeSeconds: 0 })), 'stale');
  });

  const USELESS: Readonly<Record<string, readonly [RawCrlFields, string]>> = {
    'from the future': [{ thisUpdate: NOW + 1000 }, 'not_yet_valid'],
    'that is outdated': [{ nextUpdate: NOW - 1000 }, 'stale'],
    'of another issuer': [{ issuer: 'CN=Another' }, ''],
    'with a critical extension that is not known': [{ extensions: [UNKNOWN] }, 'unknown_critical_extension'],
    'with such an extension in any entry': [
      { entries: (writer) => rawEntry(writer, Buffer.of(7), [UNKNOWN]) },
      'unknown_critical_extension',
    ],
    'whose algorithms differ': [{ innerAlgorithm: OID.ecdsaWithSha384 }, 'nonconforming'],
    'that is malformed': [{ version: 2 }, 'malformed'],
  };
  for (const [what, [fields, codes]] of Object.entries(USELESS)) {
    it(`does not use a list ${what}`, async () => {
      const status = await check([raw(fields)]);
      assert.equal(status.status, 'unknown');
      assert.equal(summary(status), codes);
    });
  }

  it('takes a list with extensions that are not critical', async () => {
    assert.equal(summary(await check([raw({ extensions: [{ ...UNKNOWN, critical: false }] })])), 'good');
  });

  it('does not use a list by another key of the name, or by one that may not sign lists', async () => {
    const stranger = await TestAuthority.root('CN=CA');
    assert.equal(summary(await check([await crl({}, stranger)])), 'signature_invalid');
    const mute = await TestAuthority.root('CN=CA', { keyUsage: ['keyCertSign'] }, ca.keys);
    assert.equal(summary(await check([await crl()], { issuer: mute.certificate })), 'signer_not_authorized');
    const silent = await TestAuthority.root('CN=CA', { keyUsage: undefined }, ca.keys);
    assert.equal(summary(await check([await crl()], { issuer: silent.certificate })), 'good');
  });

  it('holds lists to their kind of certificate', async () => {
    const users = await crl(partition({ onlyContainsUserCerts: true }));
    const authorities = await crl(partition({ onlyContainsCACerts: true }));
    assert.equal(summary(await check([users])), 'good');
    assert.equal(summary(await check([authorities])), 'out_of_scope');
    assert.equal(summary(await check([users], { certificate: subCa.certificate })), 'out_of_scope');
    assert.equal(summary(await check([authorities], { certificate: subCa.certificate })), 'good');
  });

  it('holds lists to their distribution point, URIs octet by octet', async () => {
    const here = await crl(partition({ fullName: [uri('http://other.example.com/'), uri(URI)] }));
    const elsewhere = await crl(partition({ fullName: [uri('http://crl.example.com/A.crl')] }));
    assert.equal(summary(await check([here])), 'good');
    assert.equal(summary(await check([elsewhere])), 'out_of_scope');
    assert.equal(summary(await check([here], { certificate: bareLeaf })), 'out_of_scope');
  });

  it('adds up reasons, and answers only when it has them all', async () => {
    const some = await crl(
      partition({ fullName: [uri(URI)], onlySomeReasons: ['keyCompromise', 'cACompromise'] }),
    );
    assert.equal(summary(await check([some])), 'reasons_incomplete');
    const rest = await crl(
      partition({
        fullName: [uri(URI)],
        onlySomeReasons: [
          'affiliationChanged',
          'superseded',
          'cessationOfOperation',
          'certificateHold',
          'privilegeWithdrawn',
          'aACompromise',
        ],
      }),
    );
    assert.equal(summary(await check([some, rest])), 'good');
    const listed = await crl({
      ...partition({ fullName: [uri(URI)], onlySomeReasons: ['certificateHold'] }),
      entries: revoke(leaf, 'certificateHold'),
    });
    assert.equal(summary(await check([some, listed])), 'certificateHold');
  });

  it('lets the newest list speak', async () => {
    const held = await crl({ thisUpdate: NOW - 9000, entries: revoke(leaf, 'certificateHold') });
    const released = await crl({ crlNumber: 6 });
    assert.equal(summary(await check([held])), 'certificateHold');
    assert.equal(summary(await check([held, released])), 'good');
  });

  it('reads delta lists with the complete one that they build on', async () => {
    const base = await crl();
    const delta = await crl({ crlNumber: 6, deltaBase: 5, entries: revoke(leaf, 'keyCompromise') });
    assert.equal(summary(await check([base, delta])), 'keyCompromise');
    assert.equal(summary(await check([delta])), '');
    const late = await crl({ crlNumber: 7, deltaBase: 6, entries: revoke(leaf, 'keyCompromise') });
    assert.equal(summary(await check([base, late])), 'good');
    const held = await crl({ entries: revoke(leaf, 'certificateHold') });
    const released = await crl({ crlNumber: 6, deltaBase: 4, entries: revoke(leaf, 'removeFromCRL') });
    assert.equal(summary(await check([held, released])), 'good');
    const forged = await crl(
      { crlNumber: 6, deltaBase: 4, entries: revoke(leaf, 'removeFromCRL') },
      await TestAuthority.root('CN=CA'),
    );
    assert.equal(summary(await check([held, forged])), 'certificateHold');
  });

  it('reads an indirect list whose issuer the distribution point names and an anchor vouches for', async () => {
    const clerk = await TestAuthority.root('CN=Clerk');
    const points = encodeDer((writer) => {
      writer.sequence(() => {
        writer.sequence(() => {
          writer.constructed(0xa2, () =>
            writer.constructed(0xa4, () => writer.raw(Name.parse('CN=Clerk').der)),
          );
        });
      });
    });
    const certificate = await ca.leaf('CN=Indirect', {
      extensions: [{ oid: OID.cRLDistributionPoints, value: points }],
    });
    const entries = [
      {
        serialNumber: certificate.serialBytes,
        revokedAt: NOW - 1,
        certificateIssuer: ca.certificate.subject,
      },
    ];
    const indirect = { issuingDistributionPoint: { indirectCRL: true } };
    const listing = await crl({ ...indirect, entries }, clerk);
    const empty = await crl(indirect, clerk);
    assert.equal(summary(await check([listing], { certificate })), 'signer_unknown');
    assert.equal(
      summary(await check([listing], { certificate, anchors: [clerk.certificate] })),
      'unspecified',
    );
    assert.equal(summary(await check([empty], { certificate, anchors: [clerk.certificate] })), 'good');
    assert.equal(
      summary(await check([empty], { certificate, certificates: [clerk.certificate] })),
      'signer_not_authorized',
    );
    assert.equal(
      summary(await check([await crl({}, clerk)], { certificate, anchors: [clerk.certificate] })),
      '',
    );
    assert.equal(summary(await check([await crl()], { certificate })), '');
  });

  it('takes a list by an old or a separate key of the issuer', async () => {
    const renewed = await ca.authority('CN=CA');
    const certificate = await renewed.leaf('CN=New');
    const issuer = renewed.certificate;
    assert.equal(
      summary(await check([await crl()], { certificate, issuer, certificates: [ca.certificate] })),
      'good',
    );
    const separate = await ca.authority('CN=CA', { basicConstraints: undefined, keyUsage: ['cRLSign'] });
    const certificates = [separate.certificate];
    assert.equal(summary(await check([await crl({}, separate)], { certificates })), 'good');
  });

  it('does not take a list by a key that a list by another key revokes', async () => {
    const separate = await ca.authority('CN=CA', { basicConstraints: undefined, keyUsage: ['cRLSign'] });
    const certificates = [separate.certificate];
    const newer = await crl({}, separate);
    assert.equal(summary(await check([newer], { certificates })), 'good');
    const older = { thisUpdate: NOW - 2000 };
    const leafOnly = await crl({ ...older, entries: revoke(leaf, 'keyCompromise') });
    assert.equal(summary(await check([newer, leafOnly], { certificates })), 'good');
    const both = await crl({
      ...older,
      entries: [...revoke(leaf, 'keyCompromise'), ...revoke(separate.certificate)],
    });
    assert.equal(summary(await check([newer, both], { certificates })), 'keyCompromise');
  });

  it('does not take a list by a key that may not sign lists, whatever another certificate with the key says', async () => {
    const mute = await TestAuthority.root('CN=CA', { keyUsage: ['keyCertSign'] });
    const certificate = await mute.leaf('CN=Leaf');
    const claiming = await (await TestAuthority.root('CN=Nobody')).authority('CN=CA', {}, mute.keys);
    const options = { certificate, issuer: mute.certificate, certificates: [claiming.certificate] };
    const list = await crl({ issuer: mute.certificate }, mute);
    assert.equal(summary(await check([list], options)), 'signer_not_authorized');
  });

  it('believes SHA-1 only where it is told to, and validatePath is not', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const old = await TestAuthority.root('CN=Old', {}, pair);
    const certificate = await old.leaf('CN=Leaf');
    const { sign } = await import('node:crypto');
    const good = await crl({}, old);
    const tbs = Buffer.from(
      (await import('../crl/certificate-revocation-list.ts')).CertificateRevocationList.parse(good.der)
        .tbsCertList.toString('hex')
        .replace('2a864886f70d01010b', '2a864886f70d010105'),
      'hex',
    );
    const der = encodeDer((writer) => {
      writer.sequence(() => {
        writer.raw(tbs);
        writer.sequence(() => {
          writer.oid(OID.sha1WithRsa);
          writer.null();
        });
        writer.bitString(sign('sha1', tbs, pair.privateKey));
      });
    });
    const options = { certificate, issuer: old.certificate };
    assert.equal(summary(await check([der], options)), 'good');
    assert.equal(summary(await check([der], { ...options, acceptWeakSignatures: false })), 'algorithm_weak');
    const path = { leaf: certificate, anchors: [old.certificate], at: NOW, crls: [der] };
    assert.equal((await validatePath({ ...path, revocation: 'require' })).valid, false);
  });

  it('ends within its budget', async () => {
    const lists = await Promise.all(
      Array.from({ length: 5 }, async () => await crl({}, await TestAuthority.root('CN=CA'))),
    );
    assert.match(summary(await check(lists, { maxWorkUnits: 2 })), /budget_exhausted/);
  });

  it('throws where certificate or issuer cannot be read', async () => {
    await assert.rejects(checkRevocation({ certificate: 'x', issuer: ca.certificate, at: NOW }), {
      name: 'X509Error',
    });
    await assert.rejects(checkRevocation({ certificate: leaf, issuer: Buffer.of(1), at: NOW }), {
      name: 'X509Error',
    });
    await assert.rejects(
      checkRevocation({ certificate: leaf, issuer: ca.certificate, at: Number.NaN }),
      TypeError,
    );
  });
});
