import { generateKeyPairSync } from 'node:crypto';
import {
  type Certificate,
  type CertificateRequest,
  createCertificate,
  createKeySigner,
  type Signer,
} from '@mortise/x509';

/** A certificate and its key, ready for TLS options. */
export interface Issued {
  readonly certificate: Certificate;
  readonly cert: string;
  readonly key: string;
  /** `x5t#S256`. */
  readonly thumbprint: string;
}

export interface TestAuthority {
  readonly root: Certificate;
  /** PEM of the root. */
  readonly ca: string;
  server(): Promise<Issued>;
  client(name: string, validity?: { notBefore?: number; notAfter?: number }): Promise<Issued>;
  /** For the key and the names of a request. */
  certify(
    request: CertificateRequest,
    validity: { notBefore: number; notAfter: number },
  ): Promise<Certificate>;
}

const hourMs = 3_600_000;

/** A root that issues for `localhost` and for clients. */
export async function createTestAuthority(name = 'Test Root'): Promise<TestAuthority> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer: Signer = createKeySigner(privateKey);
  const root = await createCertificate(
    {
      subject: `CN=${name}`,
      issuer: `CN=${name}`,
      notBefore: Date.now() - hourMs,
      notAfter: Date.now() + 24 * hourMs,
      publicKey,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    signer,
  );
  const issue = async (
    fields: Pick<Parameters<typeof createCertificate>[0], 'subject' | 'subjectAltName' | 'extendedKeyUsage'>,
    { notBefore = Date.now() - hourMs, notAfter = Date.now() + hourMs } = {},
  ): Promise<Issued> => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const certificate = await createCertificate(
      {
        ...fields,
        issuer: root,
        notBefore,
        notAfter,
        publicKey: pair.publicKey,
        keyUsage: ['digitalSignature'],
      },
      signer,
    );
    const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return { certificate, cert: certificate.toPem(), key, thumbprint: certificate.thumbprint };
  };
  return {
    root,
    ca: root.toPem(),
    server: () =>
      issue({
        subject: 'CN=localhost',
        subjectAltName: [
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
        ],
        extendedKeyUsage: ['serverAuth'],
      }),
    client: (commonName, validity) =>
      issue({ subject: `CN=${commonName}`, extendedKeyUsage: ['clientAuth'] }, validity),
    certify: (request, validity) =>
      createCertificate(
        {
          ...validity,
          subject: '',
          issuer: root,
          publicKey: request.publicKey,
          subjectAltName: (request.subjectAltName ?? []).flatMap((name) =>
            name.type === 'dns' ? [{ type: 'dns', value: name.value }] : [],
          ),
          keyUsage: ['digitalSignature'],
          extendedKeyUsage: ['clientAuth'],
        },
        signer,
      ),
  };
}
