import { generateKeyPairSync } from 'node:crypto';
import { type Certificate, createCertificate, createKeySigner, type Signer } from '@mortise/x509';

/** A key with its certificate, as a TLS peer takes them. */
export interface TestIdentity {
  readonly certificate: Certificate;
  readonly signer: Signer;
  readonly keyPem: string;
}

const yearMs = 365 * 86_400_000;

/** Issues from `issuer`, or signs itself. */
export async function makeIdentity(
  subject: string,
  options: { readonly issuer?: TestIdentity; readonly ca?: boolean; readonly dns?: string } = {},
): Promise<TestIdentity> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = createKeySigner(privateKey);
  const certificate = await createCertificate(
    {
      subject,
      issuer: options.issuer?.certificate ?? subject,
      notBefore: Date.now() - 60_000,
      notAfter: Date.now() + yearMs,
      publicKey,
      ...(options.ca === true ? { basicConstraints: { ca: true } } : {}),
      ...(options.dns === undefined ? {} : { subjectAltName: [{ type: 'dns', value: options.dns }] }),
    },
    options.issuer?.signer ?? signer,
  );
  return { certificate, signer, keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string };
}

export function chainPem(...identities: readonly TestIdentity[]): string {
  return identities.map(({ certificate }) => certificate.toPem()).join('');
}
