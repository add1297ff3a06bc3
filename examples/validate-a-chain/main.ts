/**
 * Validates a chain and explains the verdict; needs `@mortise/x509` alone.
 *
 *   node main.ts ANCHORS.pem CHAIN.pem [HOST] [CRL.pem]
 *
 * CHAIN.pem has the certificate of a TLS server first, then others in any order. Without arguments it makes an authority and a server's
 * certificate, validates it, revokes it and validates it again. Ends with status 1 if the chain does not hold.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Certificate,
  type CertificateRevocationList,
  createCertificate,
  createCrl,
  createKeySigner,
  explainPath,
  validatePath,
} from '@mortise/x509';

interface Question {
  readonly anchors: readonly Certificate[];
  readonly chain: readonly Certificate[];
  readonly host?: string | undefined;
  readonly crl?: string | CertificateRevocationList | undefined;
}

/** Prints the path as a tree, or every reason why there is none. */
async function explain({ anchors, chain, host, crl }: Question): Promise<boolean> {
  const at = new Date();
  const [leaf, ...certificates] = chain;
  const result = await validatePath({
    leaf: leaf!,
    certificates,
    anchors,
    at,
    purpose: 'serverAuth',
    name: host === undefined ? undefined : { type: 'dns', value: host },
    crls: crl === undefined ? [] : [crl],
    revocation: crl === undefined ? 'available' : 'require',
  });
  const isAnchor = (certificate: Certificate): boolean =>
    anchors.some((anchor) => anchor.equals(certificate));
  process.stdout.write(`${explainPath(result, { at, isAnchor })}\n`);
  return result.valid;
}

/** An authority, a certificate of its hand, and a CRL that revokes that certificate. */
async function demonstration(): Promise<Question & { readonly crl: CertificateRevocationList }> {
  const signer = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const now = Date.now();
  const validity = { notBefore: now - 60_000, notAfter: now + 86_400_000 };
  const root = await createCertificate(
    {
      subject: 'CN=Example Root',
      issuer: 'CN=Example Root',
      ...validity,
      publicKey: signer.publicKey,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    signer,
  );
  const leaf = await createCertificate(
    {
      subject: 'CN=host.example.com',
      issuer: root,
      ...validity,
      publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['serverAuth'],
      subjectAltName: [{ type: 'dns', value: 'host.example.com' }],
    },
    signer,
  );
  const entries = [{ serialNumber: leaf.serialBytes, revokedAt: now, reason: 'keyCompromise' as const }];
  const crl = await createCrl(
    { issuer: root, thisUpdate: now, nextUpdate: now + 3_600_000, crlNumber: 1, entries },
    signer,
  );
  return { anchors: [root], chain: [leaf], host: 'host.example.com', crl };
}

const [anchorsFile, chainFile, host, crlFile] = process.argv.slice(2);
if (anchorsFile === undefined) {
  const { crl, ...question } = await demonstration();
  await explain(question);
  process.stdout.write('\nRevoked:\n\n');
  await explain({ ...question, crl });
} else if (chainFile === undefined) {
  process.stderr.write('usage: node main.ts ANCHORS.pem CHAIN.pem [HOST] [CRL.pem]\n');
  process.exitCode = 2;
} else {
  const holds = await explain({
    anchors: Certificate.parseAll(readFileSync(anchorsFile)),
    chain: Certificate.parseAll(readFileSync(chainFile)),
    host,
    crl: crlFile === undefined ? undefined : readFileSync(crlFile, 'utf8'),
  });
  process.exitCode = holds ? 0 : 1;
}
