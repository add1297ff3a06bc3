import { generateKeyPairSync } from 'node:crypto';
import {
  Certificate,
  CertificateRevocationList,
  certificateId,
  createCertificate,
  createCrl,
  createKeySigner,
  createOcspRequest,
  createOcspResponse,
  Name,
  OcspRequest,
  OcspResponse,
} from '../src/index.ts';
import { WorkBudget } from '../src/path/budget.ts';
import { CertificateChecks, reporter, reportingMalformed } from '../src/path/certificate-checks.ts';
import { checkWholePath } from '../src/path/path-checks.ts';
import { checkPeerName } from '../src/path/peer-name.ts';
import { CertificateAnchor } from '../src/path/trust-anchor.ts';
import { issuerOf } from '../src/revocation/check/issuer.ts';
import { revocationNeeds } from '../src/revocation/check/needs.ts';
import { mutateDer } from './der-mutators.ts';
import type { Target } from './target.ts';

const signer = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const issuer = await createCertificate(
  {
    subject: 'CN=a',
    issuer: 'CN=a',
    notBefore: 0,
    notAfter: 1e12,
    publicKey: signer.publicKey,
    basicConstraints: { ca: true },
    nameConstraints: {
      permitted: [{ type: 'dns', value: 'a.dev' }],
      excluded: [
        { type: 'email', value: '.b.dev' },
        { type: 'uri', value: 'c.dev' },
      ],
    },
    certificatePolicies: ['1.2.3'],
  },
  signer,
);
const times = { issuer, thisUpdate: 1e9, nextUpdate: 2e9, crlNumber: 1 };
const listed = { serialNumber: Buffer.of(1), revokedAt: 1e9, reason: 'keyCompromise' } as const;
const list = await createCrl(
  {
    ...times,
    entries: [listed, { ...listed, serialNumber: Buffer.of(2), invalidityDate: 1e8 }],
    issuingDistributionPoint: {
      fullName: [{ type: 'uri', value: 'http://a.dev' }],
      onlySomeReasons: ['cACompromise'],
    },
    freshestCrl: ['http://a.dev'],
  },
  signer,
);
const indirect = await createCrl(
  {
    ...times,
    entries: [{ ...listed, certificateIssuer: Name.parse('CN=b') }],
    issuingDistributionPoint: { indirectCRL: true },
    deltaBase: 1,
  },
  signer,
);
const nonce = Buffer.alloc(16);
const id = certificateId(Buffer.of(1), issuer);
const response = await createOcspResponse(
  {
    responses: [
      { id, status: 'good', thisUpdate: 1e9, nextUpdate: 2e9 },
      { id, status: { revokedAt: 1e9, reason: 'superseded' }, thisUpdate: 1e9 },
    ],
    producedAt: 1e9,
    nonce,
    certificates: [issuer],
  },
  signer,
);

function readList(input: Buffer): void {
  const crl = CertificateRevocationList.parse(input);
  for (const { serialBytes, certificateIssuer } of crl.entries()) crl.find(serialBytes, certificateIssuer);
  crl.find(Buffer.of(1));
  void crl.issuerAltName;
  void crl.authorityInformationAccess;
}

/** The checks of paths report whatever is wrong with a certificate and throw nothing. */
function checkCertificate(input: Buffer): void {
  const certificate = Certificate.parse(input);
  const context = { at: 1e11, purpose: '1.3.6.1.5.5.7.3.1' };
  for (const policy of [undefined, 'rfc5280', 'webpki'] as const) {
    const checks = new CertificateChecks({ ...context, policy });
    for (const role of ['leaf', 'intermediate', 'anchor'] as const) checks.failures(certificate, role, 0);
  }
  const report = reporter(certificate, 0, []);
  for (const type of ['dns', 'ip', 'uri', 'email'] as const) {
    reportingMalformed(report, () => checkPeerName(certificate, { type, value: 'a.dev' }, report));
  }
  const initial = {
    initialPolicySet: undefined,
    requireExplicitPolicy: true,
    inhibitPolicyMapping: false,
    inhibitAnyPolicy: false,
  };
  revocationNeeds(certificate, issuerOf(issuer));
  const path = [certificate, certificate, issuer];
  checkWholePath(path, new CertificateAnchor(certificate), initial, 'rfc5280', new WorkBudget(10_000));
}

/** Readers and checks of certification paths and revocation. */
export const PATH_TARGETS: readonly Target[] = [
  { name: 'crl', seeds: [list.der, indirect.der], mutate: mutateDer, run: readList },
  {
    name: 'ocsp-response',
    seeds: [response],
    mutate: mutateDer,
    run: (input) => void OcspResponse.parse(input),
  },
  {
    name: 'ocsp-request',
    seeds: [createOcspRequest({ certificates: [issuer], issuer, nonce })],
    mutate: mutateDer,
    run: (input) => void OcspRequest.parse(input),
  },
  { name: 'path-checks', seeds: [issuer.der], mutate: mutateDer, run: checkCertificate },
];
