import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Certificate, type CertificateFields, createCertificate, createKeySigner } from '@mortise/x509';
import { presented } from '../testing/authorization-fixture.ts';
import { AnchorSets } from './anchor-sets.ts';
import { PathVerdicts } from './path-verdicts.ts';

const now = Date.UTC(2026, 5, 1);
const day = 86_400_000;

interface Keyed {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

type Fields = { readonly [K in keyof CertificateFields]?: CertificateFields[K] | undefined };

async function certify(fields: Fields, issuer?: Keyed, privateKey = newKey()): Promise<Keyed> {
  const subject = fields.subject ?? 'CN=Root';
  const all = {
    subject,
    issuer: issuer?.certificate ?? subject,
    notBefore: now - day,
    notAfter: now + day,
    publicKey: createKeySigner(privateKey).publicKey,
    ...fields,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const certificate = await createCertificate(
    given as unknown as CertificateFields,
    createKeySigner(issuer?.privateKey ?? privateKey),
  );
  return { certificate, privateKey };
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

const CA: Fields = { basicConstraints: { ca: true }, keyUsage: ['keyCertSign'] };
const LEAF: Fields = {
  subject: 'CN=client',
  extendedKeyUsage: ['clientAuth'],
  subjectAltName: [{ type: 'dns', value: 'client.example.com' }],
};
const authority = (fields: Fields, issuer: Keyed): Promise<Keyed> =>
  certify({ ...CA, subject: 'CN=Intermediate', ...fields }, issuer);

const root = await certify(CA);
const anchorSets = new AnchorSets({ anchors: () => [] } as ConstructorParameters<typeof AnchorSets>[0]);

async function codes(leaf: Keyed, chain: readonly Keyed[], anchor = root, at = now): Promise<string[]> {
  const sent = presented(
    leaf.certificate,
    chain.map(({ certificate }) => certificate),
  );
  const set = { id: anchor.certificate.fingerprint256, anchors: [anchor.certificate] };
  const verdict = await new PathVerdicts(anchorSets).of(sent, set, at);
  return verdict.valid ? [] : [...new Set(verdict.failures.map(({ code }) => code))];
}

/** An issuer that may not have issued a client's certificate, by what makes it so. */
const ISSUERS: readonly (readonly [string, Fields, string])[] = [
  ['is another client', { ...LEAF, basicConstraints: undefined, keyUsage: undefined }, 'not_a_ca'],
  ['says that it is no CA', { basicConstraints: { ca: false } }, 'not_a_ca'],
  ['may not sign certificates', { keyUsage: ['cRLSign'] }, 'key_usage_missing_cert_sign'],
  ['is for servers alone', { extendedKeyUsage: ['serverAuth'] }, 'purpose_mismatch'],
  ['has ended', { notAfter: now - 1_000 }, 'expired'],
  [
    'is for other names',
    { nameConstraints: { permitted: [{ type: 'dns', value: 'other.example.com' }] } },
    'name_constraint_violated',
  ],
  [
    'has a critical extension that nobody knows',
    { extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) }] },
    'unknown_critical_extension',
  ],
];

describe('the path of a client certificate', () => {
  test('holds through an intermediate, sent or not needed', async () => {
    const intermediate = await authority({}, root);
    assert.deepEqual(await codes(await certify(LEAF, intermediate), [intermediate]), []);
    assert.deepEqual(await codes(await certify(LEAF, root), []), []);
  });

  for (const [what, fields, code] of ISSUERS) {
    test(`does not hold where its issuer ${what}`, async () => {
      const issuer = await authority(fields, root);
      assert.ok((await codes(await certify(LEAF, issuer), [issuer])).includes(code));
    });
  }

  test('does not hold below a path length, nor under an anchor for other purposes', async () => {
    const first = await authority(
      { subject: 'CN=First', basicConstraints: { ca: true, pathLength: 0 } },
      root,
    );
    const second = await authority({ subject: 'CN=Second' }, first);
    const long = await codes(await certify(LEAF, second), [first, second]);
    assert.ok(long.includes('path_length_exceeded'));
    const mail = await certify({ ...CA, extendedKeyUsage: ['emailProtection'] });
    assert.deepEqual(await codes(await certify(LEAF, mail), [], mail), ['purpose_mismatch']);
  });

  test('is not taken from the chain that was sent, whatever stands in it', async () => {
    const stranger = await certify(CA);
    const leaf = await certify(LEAF, stranger);
    assert.deepEqual(await codes(leaf, [stranger, root]), ['signature_invalid']);
    // The name of the root, its key identifier, and another key.
    const subjectKeyIdentifier = root.certificate.subjectKeyIdentifier!;
    const liar = await certify({ ...CA, subjectKeyIdentifier });
    assert.deepEqual(await codes(await certify(LEAF, liar), [liar, root]), ['signature_invalid']);
  });

  test('costs no more than its budget, with as many authorities of one name as a handshake carries', async () => {
    const decoys = await Promise.all(Array.from({ length: 100 }, () => authority({}, root)));
    const unknown = await authority({}, await certify(CA));
    const found = await codes(await certify(LEAF, unknown), decoys);
    assert.ok(found.length > 0);
  });

  test('that held is looked at again once something on it has ended', async () => {
    const verdicts = new PathVerdicts(anchorSets);
    const issuer = await authority({ notAfter: now + 1_000 }, root);
    const leaf = await certify(LEAF, issuer);
    const set = { id: 'set', anchors: [root.certificate] };
    const sent = presented(leaf.certificate, [issuer.certificate]);
    assert.equal((await verdicts.of(sent, set, now)).valid, true);
    assert.equal((await verdicts.of(presented(leaf.certificate, [], true), set, now + 999)).valid, true);
    assert.equal((await verdicts.of(sent, set, now + 2_000)).valid, false);
  });
});
