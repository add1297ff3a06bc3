import { generateKeyPairSync } from 'node:crypto';
import {
  Certificate,
  CertificateRequest,
  createCertificate,
  createCertificateRequest,
  createKeySigner,
  decodeClientCert,
  decodeClientCertChain,
  encodeClientCert,
  encodeDer,
  importPublicKey,
  lintCertificate,
  Name,
  parseForwardedClientCert,
  parseIp,
  parsePem,
  parseSpkiPin,
  readJavaKeyStore,
  readPkcs7,
  readPkcs12,
  signatureScheme,
} from '../src/index.ts';
import { testStore } from '../src/key-stores/testing/test-stores.ts';
import { toBer } from '../src/key-stores/testing/to-ber.ts';
import { mutateText } from './byte-mutators.ts';
import { mutateDer } from './der-mutators.ts';
import { PATH_TARGETS } from './path-targets.ts';
import { readAll, type Target } from './target.ts';

const EXTENSION_FIELDS = [
  'basicConstraints',
  'keyUsage',
  'extendedKeyUsage',
  'subjectAltName',
  'issuerAltName',
  'nameConstraints',
  'subjectKeyIdentifier',
  'authorityKeyIdentifier',
  'certificatePolicies',
  'policyMappings',
  'policyConstraints',
  'inhibitAnyPolicy',
  'crlDistributionPoints',
  'freshestCrl',
  'authorityInformationAccess',
  'subjectInformationAccess',
  'subjectDirectoryAttributes',
  'tlsFeature',
] as const;

function readCertificate(input: Buffer): void {
  const certificate = Certificate.parse(input);
  readAll([
    ...EXTENSION_FIELDS.map((field) => () => certificate[field]),
    () => certificate.publicKey,
    () => signatureScheme(certificate.signatureAlgorithm),
    () => certificate.tbsSignatureAlgorithm,
    () => certificate.signature,
    () => certificate.subject.rdns,
    () => Name.parse(certificate.subject.toString()),
    () => certificate.issuer.normalized,
    () => certificate.selfIssued,
    () => certificate.serialNumber,
    () => certificate.verifySignature(certificate.publicKey),
  ]);
  lintCertificate(certificate, 'webpki');
}

function readRequest(input: Buffer): void {
  const request = CertificateRequest.parse(input);
  readAll([...EXTENSION_FIELDS.map((field) => () => request[field]), () => request.verifySignature()]);
}

const signer = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const rsa = createKeySigner(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, 'rsa-pss-sha256');

const full = await createCertificate(
  {
    subject: 'CN=Fuzz+O=Example,OU=\\,x,DC=dev',
    issuer: 'CN=Fuzz CA',
    notBefore: 0,
    notAfter: Date.UTC(2055, 0, 1),
    publicKey: rsa.publicKey,
    basicConstraints: { ca: true, pathLength: 3 },
    keyUsage: ['keyCertSign', 'decipherOnly'],
    extendedKeyUsage: ['serverAuth', '2.5.29.37.0'],
    subjectAltName: [
      { type: 'dns', value: 'a.dev' },
      { type: 'ip', value: '::1' },
      { type: 'uri', value: 'https://a.dev' },
      { type: 'email', value: 'a@b.dev' },
      { type: 'directory', name: 'CN=a' },
      { type: 'other', oid: '1.3.6.1.5.5.7.8.9', value: Buffer.from('0c0161', 'hex') },
      { type: 'registered-id', oid: '1.2.3' },
    ],
    nameConstraints: {
      permitted: [{ type: 'ip', value: '10.0.0.0/8' }],
      excluded: [{ type: 'directory', name: 'O=x' }],
    },
    certificatePolicies: ['2.5.29.32.0', { oid: '1.2.3', cps: 'http://a.dev' }],
    policyMappings: [{ issuerDomainPolicy: '1.2.3', subjectDomainPolicy: '1.2.4' }],
    policyConstraints: { requireExplicitPolicy: 0, inhibitPolicyMapping: 1 },
    inhibitAnyPolicy: 2,
    crlDistributionPoints: ['http://a.dev/crl'],
    authorityInformationAccess: { ocsp: ['http://a.dev'], caIssuers: ['http://a.dev'] },
    tlsFeature: [5],
  },
  rsa,
);
const small = await createCertificate(
  { subject: 'CN=a', issuer: 'CN=a', notBefore: 0, notAfter: 1e12, publicKey: signer.publicKey },
  signer,
);
const request = await createCertificateRequest({
  subject: 'CN=a',
  subjectAltName: [{ type: 'dns', value: 'a.dev' }],
  signer,
});

/** Stores whose encryption costs next to nothing, so that the fuzzer gets behind it. */
const STORES = ['plain.p12', 'nomac.p12', 'legacy.p12'].map((name) => testStore(name).bytes);
const PEM_TOKENS = [
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '-----',
  '\n',
  '\r',
  '=',
  'AAAA',
  ': ',
  '\n\n',
  'Proc-Type: 4',
];
const NAME_TOKENS = [',', '+', '=', '\\', '#', '"', 'CN=', '\\,', '\\c3', '\\00', ' ', '1.2.3=#0500'];
const HEADER_TOKENS = ['"', '\\', ',', ';', '=', 'Hash=', 'Cert=', 'URI=', ':', ' ', '%0A', '%'];

/** Every reader of the package. */
export const TARGETS: readonly Target[] = [
  { name: 'certificate', seeds: [full.der, small.der], mutate: mutateDer, run: readCertificate },
  { name: 'certificate-request', seeds: [request.der], mutate: mutateDer, run: readRequest },
  {
    name: 'public-key',
    seeds: [full.subjectPublicKeyInfo, small.subjectPublicKeyInfo],
    mutate: mutateDer,
    run: (input) => void importPublicKey(input),
  },
  {
    name: 'pem',
    seeds: [Buffer.from(`x\n${small.toPem()}y`)],
    mutate: (input, _, random) => mutateText(input, PEM_TOKENS, random),
    run: (input) => void parsePem(input),
  },
  {
    name: 'rfc4514',
    seeds: [Buffer.from('CN=a\\,b+O=c,1.2.3=#0500,DC=\\c3\\bc')],
    mutate: (input, _, random) => mutateText(input, NAME_TOKENS, random),
    run: (input) => void Name.parse(input.toString('latin1')).toString(),
  },
  {
    name: 'ip',
    seeds: [Buffer.from('2001:db8::1.2.3.4'), Buffer.from('1.2.3.4')],
    mutate: (input, _, random) => mutateText(input, [':', '::', '.', '0', 'ffff', '256'], random),
    run: (input) => void parseIp(input.toString('latin1')),
  },
  {
    name: 'client-cert',
    seeds: [Buffer.from(encodeClientCert(small.der))],
    mutate: (input, _, random) => mutateText(input, HEADER_TOKENS, random),
    run: (input) => {
      const text = input.toString('latin1');
      readAll([() => decodeClientCert(text), () => decodeClientCertChain(text), () => parseSpkiPin(text)]);
    },
  },
  {
    name: 'x-forwarded-client-cert',
    seeds: [
      Buffer.from(
        `By=a;Hash=${small.fingerprint256};Subject="CN=a,b";Cert="${encodeURIComponent(small.toPem())}";URI=c,DNS=d`,
      ),
    ],
    mutate: (input, _, random) => mutateText(input, HEADER_TOKENS, random),
    run: (input) => void parseForwardedClientCert(input.toString('latin1')),
  },
  {
    name: 'pkcs7',
    seeds: [testStore('bundle.p7b').bytes, testStore('stream.p7m').bytes],
    mutate: mutateDer,
    run: (input) => void readPkcs7(input),
  },
  {
    name: 'pkcs12',
    seeds: [...STORES, ...STORES.map(toBer), encodeDer((writer) => writer.sequence(() => writer.integer(3)))],
    mutate: mutateDer,
    run: (input) => void readPkcs12(input, 'secret'),
  },
  {
    name: 'java-key-store',
    seeds: [testStore('java.jks').bytes, testStore('java.jceks').bytes],
    mutate: mutateDer,
    run: (input) => void readJavaKeyStore(input),
  },
  ...PATH_TARGETS,
];
