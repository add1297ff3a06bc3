/** The situations that x509-limbo has gained since 2023, its CRLs aside. Each is decided by the policy that its name begins with. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  type GeneralNameInput,
  type KeyUsage,
  type PathValidation,
  type PeerName,
  type Purpose,
  validatePath,
} from '@mortise/x509';
import { type Fields, type Holder, makeIntermediate, makeLeaf, makeRoot, NOW } from './making/authorities.ts';

interface Situation {
  readonly accepted?: true;
  readonly root?: Fields;
  /** Absent: the leaf is by the root. */
  readonly intermediate?: Fields;
  readonly leaf?: Fields;
  readonly name?: PeerName;
  readonly purpose?: Purpose;
  /** Epoch milliseconds. */
  readonly at?: number;
}

const dns = (...values: readonly string[]): { subjectAltName: readonly GeneralNameInput[] } => ({
  subjectAltName: values.map((value) => ({ type: 'dns', value })),
});
const mail = (...values: readonly string[]): { subjectAltName: readonly GeneralNameInput[] } => ({
  subjectAltName: values.map((value) => ({ type: 'email', value })),
});
const ip = (value: string): { subjectAltName: readonly GeneralNameInput[] } => ({
  subjectAltName: [{ type: 'ip', value }],
});
const purposes = (...extendedKeyUsage: readonly string[]): Fields => ({ extendedKeyUsage });
const PRECERTIFICATES = '1.3.6.1.4.1.11129.2.4.4';
const ANY = '2.5.29.37.0';
const OTHER_NAME = { type: 'other', oid: '1.3.6.1.4.1.55738.666.3', value: Buffer.of(5, 0) } as const;

/** The leaf's purposes beside `serverAuth`, under the web PKI. */
function webPkiPurposes(): Record<string, Situation> {
  const beside = {
    'ee-precertificate-with-serverauth': PRECERTIFICATES,
    'ee-codesigning-with-serverauth': 'codeSigning',
    'ee-emailprotection-with-serverauth': 'emailProtection',
    'ee-timestamping-with-serverauth': 'timeStamping',
    'ee-ocspsigning-with-serverauth': 'ocspSigning',
  };
  const situations: Record<string, Situation> = {
    'webpki::eku::ee-clientauth-only': { leaf: purposes('clientAuth') },
    'webpki::eku::ee-precertificate-only': { leaf: purposes(PRECERTIFICATES) },
    'webpki::eku::ee-serverauth-with-additional': {
      leaf: purposes('serverAuth', 'clientAuth'),
      accepted: true,
    },
  };
  for (const [name, other] of Object.entries(beside)) {
    situations[`webpki::eku::${name}`] = { leaf: purposes('serverAuth', other) };
  }
  return situations;
}

/** Common names that are no copy of an alternative name. */
function webPkiCommonNames(): Record<string, Situation> {
  const wrong: Record<
    string,
    readonly [commonName: string, names: { subjectAltName: readonly GeneralNameInput[] }]
  > = {
    'ipv4-hex-mismatch': ['0xC0A80101', ip('192.168.1.1')],
    'ipv4-leading-zeros-mismatch': ['192.168.001.001', ip('192.168.1.1')],
    'ipv6-uppercase-mismatch': ['2001:DB8::8A2E:370:7334', ip('2001:db8::8a2e:370:7334')],
    'ipv6-uncompressed-mismatch': ['2001:0db8:0000:0000:0000:0000:0000:0001', ip('2001:db8::1')],
    'ipv6-non-rfc5952-mismatch': ['2001:db8:0:0:1:0:0:1', ip('2001:db8::1:0:0:1')],
    'punycode-not-in-san': ['xn--nxasmq6b.com', dns('xn--n3h.com')],
    'utf8-vs-punycode-mismatch': ['test-測試.com', dns('xn--test--wg5h0h.com')],
    'not-in-san': ['notinsan.example.com', dns('valid.example.com', 'another.example.com')],
    'case-mismatch': ['Example.COM', dns('example.com')],
  };
  const situations: Record<string, Situation> = {};
  for (const [name, [commonName, names]] of Object.entries(wrong)) {
    const [first] = names.subjectAltName as readonly [PeerName];
    situations[`webpki::cn::cabf-cn-${name}`] = {
      leaf: { subject: `CN=${commonName}`, ...names },
      name: first,
    };
  }
  return situations;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const NAMES: Record<string, Situation> = {
  'cve::cve-2025-61727': {
    intermediate: {
      nameConstraints: {
        permitted: dns('example.com').subjectAltName,
        excluded: dns('bar.example.com').subjectAltName,
      },
    },
    leaf: dns('*.example.com'),
    name: { type: 'dns', value: 'bar.example.com' },
  },
  'cve::cve-2025-61727-nc-permits-variant': {
    intermediate: { nameConstraints: { permitted: dns('foo.example.com').subjectAltName } },
    leaf: dns('*.example.com'),
    name: { type: 'dns', value: 'foo.example.com' },
  },
  'rfc5280::nc::nc-forbids-othername': {
    intermediate: {
      nameConstraints: { permitted: dns('example.com').subjectAltName, excluded: [OTHER_NAME] },
    },
    leaf: { subjectAltName: [...dns('example.com').subjectAltName, OTHER_NAME] },
  },
  'rfc5280::nc::nc-forbids-othername-noop': {
    intermediate: {
      nameConstraints: { permitted: dns('example.com').subjectAltName, excluded: [OTHER_NAME] },
    },
    accepted: true,
  },
  'webpki::san::exact-localhost-ip-san': {
    leaf: { subject: 'CN=127.0.0.1', ...ip('127.0.0.1') },
    name: { type: 'ip', value: '127.0.0.1' },
    accepted: true,
  },
  'webpki::ku::ee-rsa-without-any-usages': {
    leaf: {
      publicKey: rsa.publicKey,
      keyUsage: undefined,
      extensions: [{ oid: '2.5.29.15', critical: true, value: Buffer.from('030100', 'hex') }],
    },
  },
};

function mailConstraints(): Record<string, Situation> {
  const client = { purpose: 'clientAuth', name: { type: 'email', value: 'foo@example.com' } } as const;
  const leaf = { extendedKeyUsage: ['clientAuth'], ...mail('foo@example.com') };
  const permit = (value: string): Fields => ({ nameConstraints: { permitted: mail(value).subjectAltName } });
  return {
    'rfc5280::nc::nc-permits-email-exact': {
      ...client,
      leaf,
      intermediate: permit('foo@example.com'),
      accepted: true,
    },
    'rfc5280::nc::nc-permits-email-domain': {
      ...client,
      leaf,
      intermediate: permit('example.com'),
      accepted: true,
    },
    'rfc5280::nc::invalid-email-address': { ...client, leaf, root: permit('invalid@invalid@example.com') },
    'rfc5280::nc::nc-permits-invalid-email-san': {
      ...client,
      leaf: { extendedKeyUsage: ['clientAuth'], ...mail('foo@example.com', 'invalid@address@example.com') },
      intermediate: permit('example.com'),
    },
  };
}

function validity(): Record<string, Situation> {
  const notBefore = Date.UTC(2024, 2, 1);
  const notAfter = Date.UTC(2024, 3, 1);
  const all = {
    root: { notBefore, notAfter },
    intermediate: { notBefore, notAfter },
    leaf: { notBefore, notAfter },
  };
  return {
    'rfc5280::validity::notbefore-exact': { ...all, at: notBefore, accepted: true },
    'rfc5280::validity::notbefore-fractional': { ...all, at: notBefore - 1 },
    'rfc5280::validity::notafter-exact': { ...all, at: notAfter, accepted: true },
    'rfc5280::validity::notafter-fractional': { ...all, at: notAfter + 5, accepted: true },
  };
}

function smime(): Record<string, Situation> {
  const leaf = { extendedKeyUsage: ['emailProtection'], ...mail('user@example.com') };
  const common = {
    purpose: 'emailProtection',
    name: { type: 'email', value: 'user@example.com' },
    leaf,
  } as const;
  const usage = (...keyUsage: readonly KeyUsage[]): Situation => ({
    ...common,
    leaf: { ...leaf, publicKey: rsa.publicKey, keyUsage },
  });
  const withPurposes = (...list: readonly string[]): Situation => ({
    ...common,
    leaf: { ...leaf, extendedKeyUsage: list },
  });
  const intermediate = (fields: Fields): Situation => ({ ...common, intermediate: fields });
  const ofIntermediate = (...list: readonly string[]): Situation => intermediate({ extendedKeyUsage: list });
  return {
    'smime::eku::ee-email-protection': { ...common, accepted: true },
    'smime::eku::ee-missing-email-protection': withPurposes('clientAuth'),
    'smime::eku::ee-without-eku': { ...common, leaf: { ...leaf, extendedKeyUsage: undefined } },
    'smime::eku::ee-has-server-auth': withPurposes('emailProtection', 'serverAuth'),
    'smime::eku::ee-has-code-signing': withPurposes('emailProtection', 'codeSigning'),
    'smime::eku::ee-has-time-stamping': withPurposes('emailProtection', 'timeStamping'),
    'smime::eku::ee-has-any-eku': withPurposes('emailProtection', ANY),
    'smime::eku::root-has-eku': { ...common, root: purposes('emailProtection') },
    'smime::eku::intermediate-missing-email-protection': ofIntermediate('serverAuth'),
    'smime::eku::intermediate-has-server-auth': ofIntermediate('emailProtection', 'serverAuth'),
    'smime::eku::intermediate-has-any-eku': ofIntermediate('emailProtection', ANY),
    'smime::eku::intermediate-has-code-signing': ofIntermediate('emailProtection', 'codeSigning'),
    'smime::eku::intermediate-has-time-stamping': ofIntermediate('emailProtection', 'timeStamping'),
    'smime::ku::signing-only-rsa-digital-signature': { ...usage('digitalSignature'), accepted: true },
    'smime::ku::signing-only-rsa-with-nonrepudiation': {
      ...usage('digitalSignature', 'nonRepudiation'),
      accepted: true,
    },
    'smime::ku::key-management-only-rsa': { ...usage('keyEncipherment'), accepted: true },
    'smime::ku::dual-use-rsa': { ...usage('digitalSignature', 'keyEncipherment'), accepted: true },
    'smime::ku::key-management-only-ec': {
      ...common,
      leaf: { ...leaf, keyUsage: ['keyAgreement'] },
      accepted: true,
    },
    'smime::ku::ee-key-cert-sign': {
      ...common,
      leaf: { ...leaf, keyUsage: ['digitalSignature', 'keyCertSign'] },
    },
    'smime::ku::ee-missing-key-usage': { ...common, leaf: { ...leaf, keyUsage: undefined } },
    'smime::ku::intermediate-missing-key-cert-sign': intermediate({
      keyUsage: ['cRLSign'],
      extendedKeyUsage: ['emailProtection'],
    }),
    'smime::ku::intermediate-missing-crl-sign': intermediate({
      keyUsage: ['keyCertSign'],
      extendedKeyUsage: ['emailProtection'],
    }),
    'smime::san::no-san': { ...common, leaf: { ...leaf, subject: 'CN=user', subjectAltName: undefined } },
    'smime::san::san-without-rfc822name': { ...common, leaf: { ...leaf, ...dns('example.com') } },
    'smime::san::san-critical-with-empty-subject': {
      ...common,
      leaf: { ...leaf, subject: '' },
      accepted: true,
    },
    'smime::san::mismatch-rfc822-san': { ...common, name: { type: 'email', value: 'other@example.com' } },
    'smime::san::mismatch-domain-rfc822-san': {
      ...common,
      name: { type: 'email', value: 'user@example.org' },
    },
    'smime::san::multiple-rfc822-sans': {
      ...common,
      leaf: { ...leaf, ...mail('other@example.com', 'user@example.com') },
      accepted: true,
    },
  };
}

async function decide(id: string, situation: Situation): Promise<PathValidation> {
  const root = await makeRoot(situation.root);
  const issuer: Holder =
    situation.intermediate === undefined ? root : await makeIntermediate(root, situation.intermediate);
  const leaf = await makeLeaf(issuer, situation.leaf);
  return await validatePath({
    leaf: leaf.certificate,
    certificates: issuer === root ? [] : [issuer.certificate],
    anchors: [root.certificate],
    at: situation.at ?? NOW,
    purpose: situation.purpose ?? 'serverAuth',
    name: situation.name ?? { type: 'dns', value: 'example.com' },
    policy: id.startsWith('webpki::') ? 'webpki' : 'rfc5280',
  });
}

const SITUATIONS = {
  ...webPkiPurposes(),
  ...webPkiCommonNames(),
  ...NAMES,
  ...mailConstraints(),
  ...validity(),
  ...smime(),
};

describe('the newer cases of x509-limbo', () => {
  for (const [id, situation] of Object.entries(SITUATIONS)) {
    it(`${id} is right under the policy that fits it`, async () => {
      const result = await decide(id, situation);
      const why = result.valid
        ? 'accepted'
        : result.failures.map(({ code, message }) => `${code}: ${message}`).join('; ');
      assert.equal(result.valid, situation.accepted === true, why);
    });
  }
});
