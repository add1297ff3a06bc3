/** The situations of Chromium's verify_certificate_chain_unittest, by its names: chains as they are sent, with an anchor that is a certificate. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Certificate, type KeyUsage, type Purpose, validatePath } from '@mortise/x509';
import {
  DAY_MS,
  type Fields,
  type Holder,
  makeIntermediate,
  makeLeaf,
  makeRoot,
  NOW,
  p256,
} from './making/authorities.ts';
import { signWithSha1 } from './making/resign.ts';

interface Situation {
  readonly root?: Fields;
  /** Below the root, in their order; one that is plain where absent. */
  readonly intermediates?: readonly Fields[];
  readonly leaf?: Fields;
  readonly purpose?: Purpose;
  readonly accepted?: true;
}

const PLAIN: Fields = {};
const UNKNOWN = (critical: boolean): Fields => ({
  extensions: [{ oid: '1.2.840.113554.4.1.72585.0', critical, value: Buffer.of(4, 0) }],
});
const SERVER_GATED_CRYPTO = '2.16.840.1.113730.4.1';
const ANY = '2.5.29.37.0';
const purposes = (...extendedKeyUsage: readonly string[]): Fields => ({ extendedKeyUsage });
const pathLength = (length: number): Fields => ({ basicConstraints: { ca: true, pathLength: length } });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const shortRsa = generateKeyPairSync('rsa', { modulusLength: 512 });
/** A policy with a qualifier that nobody knows. */
const qualified = (critical: boolean): Fields => ({
  extensions: [
    { oid: '2.5.29.32', critical, value: Buffer.from('3011300f06032a03043008300606022a030500', 'hex') },
  ],
});

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'target-and-intermediate': { accepted: true },
  'basic-constraints-pathlen-0-self-issued': {
    intermediates: [
      { subject: 'CN=Intermediate', ...pathLength(0) },
      { subject: 'CN=Intermediate', ...pathLength(0) },
    ],
    accepted: true,
  },
  'expired-intermediate/not-after': { intermediates: [{ notAfter: NOW - DAY_MS }] },
  'expired-intermediate/not-before': { intermediates: [{ notBefore: NOW + DAY_MS }] },
  'expired-root/not-after-ta-with-expiration': { root: { notAfter: NOW - DAY_MS } },
  'expired-target/not-after': { leaf: { notAfter: NOW - DAY_MS } },
  'expired-target/not-before': { leaf: { notBefore: NOW + DAY_MS } },
  'intermediate-basic-constraints-ca-false': { intermediates: [{ basicConstraints: { ca: false } }] },
  'intermediate-basic-constraints-not-critical': {
    intermediates: [
      {
        basicConstraints: undefined,
        extensions: [{ oid: '2.5.29.19', value: Buffer.from('30030101ff', 'hex') }],
      },
    ],
    accepted: true,
  },
  'intermediate-lacks-basic-constraints': { intermediates: [{ basicConstraints: undefined }] },
  'intermediate-lacks-signing-key-usage': { intermediates: [{ keyUsage: ['cRLSign'] }] },
  'intermediate-unknown-critical-extension': { intermediates: [UNKNOWN(true)] },
  'intermediate-unknown-non-critical-extension': { intermediates: [UNKNOWN(false)], accepted: true },
  'intermediate-eku-any-and-clientauth': { intermediates: [purposes(ANY, 'clientAuth')], accepted: true },
  'intermediate-eku-clientauth/serverauth': { intermediates: [purposes('clientAuth')] },
  'intermediate-eku-clientauth/clientauth': {
    intermediates: [purposes('clientAuth')],
    leaf: purposes('clientAuth'),
    purpose: 'clientAuth',
    accepted: true,
  },
  'intermediate-eku-server-gated-crypto': { intermediates: [purposes(SERVER_GATED_CRYPTO)] },
  'root-basic-constraints-ca-false/ta-with-constraints': { root: { basicConstraints: { ca: false } } },
  'root-lacks-basic-constraints/ta-with-constraints': { root: { basicConstraints: undefined } },
  'root-lacks-keycertsign-key-usage/ta-with-constraints': { root: { keyUsage: ['cRLSign'] } },
  'root-eku-clientauth/serverauth-ta-with-constraints': { root: purposes('clientAuth') },
  'target-eku-any/serverauth': { leaf: purposes(ANY), accepted: true },
  'target-eku-clientauth/serverauth': { leaf: purposes('clientAuth') },
  'target-eku-many/serverauth': {
    leaf: purposes('clientAuth', 'codeSigning', 'serverAuth', 'OCSPSigning', '1.2.3'),
    accepted: true,
  },
  'target-eku-none/serverauth': { leaf: { extendedKeyUsage: undefined }, accepted: true },
  'target-has-512bit-rsa-key': { leaf: { publicKey: shortRsa.publicKey } },
  'target-has-ca-basic-constraints/serverauth': { leaf: { basicConstraints: { ca: true } }, accepted: true },
  'target-unknown-critical-extension': { leaf: UNKNOWN(true) },
  'unknown-critical-policy-qualifier': { intermediates: [qualified(true)] },
  'unknown-non-critical-policy-qualifier': { intermediates: [qualified(false)], accepted: true },
  'violates-basic-constraints-pathlen-0': { intermediates: [pathLength(0), PLAIN] },
  'violates-pathlen-1-from-root/ta-with-constraints': { root: pathLength(1), intermediates: [PLAIN, PLAIN] },
};

/** target-serverauth-various-keyusages. */
for (const [usage, accepted] of [
  ['digitalSignature', true],
  ['keyEncipherment', true],
  ['keyAgreement', true],
  ['decipherOnly', false],
] as const satisfies readonly (readonly [KeyUsage, boolean])[]) {
  Object.assign(SITUATIONS, {
    [`target-serverauth-various-keyusages/rsa-${usage}`]: {
      leaf: { publicKey: rsa.publicKey, keyUsage: [usage] },
      ...(accepted ? { accepted } : {}),
    },
  });
}

async function codes(
  leaf: Certificate,
  certificates: readonly Certificate[],
  anchors: readonly Certificate[],
  purpose: Purpose | undefined = 'serverAuth',
): Promise<string[]> {
  const result = await validatePath({ leaf, certificates, anchors, at: NOW, purpose });
  return result.valid ? [] : result.failures.map(({ code }) => code);
}

describe('a chain in the situations of Chromium', () => {
  for (const [name, { root: rootFields, intermediates = [PLAIN], leaf, purpose, accepted }] of Object.entries(
    SITUATIONS,
  )) {
    it(`${name} ${accepted ? 'holds' : 'does not hold'}`, async () => {
      const root = await makeRoot(rootFields);
      const chain: Holder[] = [];
      for (const fields of intermediates) chain.push(await makeIntermediate(chain.at(-1) ?? root, fields));
      const { certificate } = await makeLeaf(chain.at(-1) ?? root, leaf);
      const sent = chain.map((holder) => holder.certificate);
      const found = await codes(certificate, sent, [root.certificate], purpose);
      assert.equal(found.length === 0, accepted === true, found.join(', '));
    });
  }

  it('key-rollover: old, new and long way round all hold', async () => {
    const old = await makeRoot();
    const renewed = await makeRoot({}, p256());
    const rollover = await makeIntermediate(old, { subject: 'CN=Root' }, renewed.keys);
    const intermediate = await makeIntermediate(renewed);
    const byOld = await makeIntermediate(
      old,
      { subject: intermediate.certificate.subject },
      intermediate.keys,
    );
    const { certificate } = await makeLeaf(intermediate);
    const [short, through, before] = [intermediate, rollover, byOld].map((holder) => holder.certificate);
    assert.deepEqual(await codes(certificate, [before!], [old.certificate]), [], 'oldchain');
    assert.deepEqual(await codes(certificate, [short!, through!], [old.certificate]), [], 'rolloverchain');
    const all = [short!, renewed.certificate, through!];
    assert.deepEqual(await codes(certificate, all, [old.certificate]), [], 'longrolloverchain');
    assert.deepEqual(await codes(certificate, [short!], [renewed.certificate]), [], 'newchain');
  });

  it('incorrect-trust-anchor, target-only and wrong signatures do not hold', async () => {
    const root = await makeRoot();
    const intermediate = await makeIntermediate(root);
    const { certificate } = await makeLeaf(intermediate);
    const sent = [intermediate.certificate];
    assert.deepEqual(await codes(certificate, sent, [(await makeRoot()).certificate]), ['signature_invalid']);
    assert.deepEqual(await codes(certificate, [], [root.certificate]), ['no_path']);
    const imposter = await makeIntermediate(root, { subject: intermediate.certificate.subject });
    const wrong = (await makeLeaf(imposter)).certificate;
    assert.deepEqual(await codes(wrong, sent, [root.certificate]), ['signature_invalid']);
  });

  it('non-self-signed-root, target-selfsigned and target-selfissued hold by whom is trusted', async () => {
    const root = await makeRoot();
    const intermediate = await makeIntermediate(root);
    const leaf = await makeLeaf(intermediate);
    assert.deepEqual(await codes(leaf.certificate, [], [intermediate.certificate]), []);
    assert.deepEqual(await codes(leaf.certificate, [], [leaf.certificate]), []);
    const selfIssued = await makeLeaf(root, { subject: 'CN=Root' });
    assert.deepEqual(await codes(selfIssued.certificate, [], [root.certificate]), []);
  });

  it('target-signed-with-sha1, intermediate-signed-with-sha1 and target-signed-by-512bit-rsa do not hold', async () => {
    const root = await makeRoot();
    const intermediate = await makeIntermediate(root);
    const { certificate } = await makeLeaf(intermediate);
    const weakLeaf = signWithSha1(certificate, intermediate.keys);
    const weakLink = signWithSha1(intermediate.certificate, root.keys);
    assert.deepEqual(await codes(weakLeaf, [intermediate.certificate], [root.certificate]), [
      'algorithm_weak',
    ]);
    assert.deepEqual(await codes(certificate, [weakLink], [root.certificate]), ['algorithm_weak']);
    const short = await makeIntermediate(root, {}, shortRsa);
    const byShort = await makeLeaf(short);
    assert.deepEqual(await codes(byShort.certificate, [short.certificate], [root.certificate]), ['key_weak']);
  });
});
