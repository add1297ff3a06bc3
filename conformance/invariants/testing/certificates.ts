/** Certificates of other authorities than the server's own. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Certificate, createCertificate, createKeySigner, type GeneralNameInput } from '@mortise/x509';
import type { Identity } from './https-request.ts';

const dayMs = 86_400_000;

export interface Keyed {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  /** Absent: signed with its own key. */
  readonly issuer?: Keyed;
  readonly ca?: boolean;
  readonly names?: readonly GeneralNameInput[];
  readonly notAfter?: number;
  readonly serialNumber?: Uint8Array;
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly privateKey?: KeyObject;
  /** Default: clientAuth. */
  readonly purposes?: readonly string[];
  /** Extensions whose value is whatever these octets are. */
  readonly raw?: readonly { readonly oid: string; readonly value: Uint8Array }[];
  /** A URL for every member of a certificate that invites to fetch something. */
  readonly fetchFrom?: string;
}

/** `subject` in RFC 4514, or the name of another certificate, octet by octet. */
export async function certify(
  subject: string | Certificate['subject'],
  options: CertificateOptions = {},
): Promise<Keyed> {
  const privateKey = options.privateKey ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const certificate = await createCertificate(
    {
      subject,
      issuer: options.issuer?.certificate ?? subject,
      notBefore: Date.now() - dayMs,
      notAfter: options.notAfter ?? Date.now() + dayMs,
      publicKey: createPublicKey(privateKey),
      ...(options.ca === true
        ? { basicConstraints: { ca: true }, keyUsage: ['keyCertSign'] as const }
        : { extendedKeyUsage: options.purposes ?? ['clientAuth'] }),
      ...(options.names !== undefined && { subjectAltName: [...options.names] }),
      ...(options.serialNumber !== undefined && { serialNumber: options.serialNumber }),
      ...(options.subjectKeyIdentifier !== undefined && {
        subjectKeyIdentifier: options.subjectKeyIdentifier,
      }),
      ...(options.raw !== undefined && { extensions: options.raw }),
      ...(options.fetchFrom !== undefined && {
        authorityInformationAccess: { caIssuers: [options.fetchFrom], ocsp: [options.fetchFrom] },
        crlDistributionPoints: [options.fetchFrom],
      }),
    },
    createKeySigner(options.issuer?.privateKey ?? privateKey),
  );
  return { certificate, privateKey };
}

/** What a TLS client shows: the leaf, and `behind` it whatever is sent along. */
export function identityOf(leaf: Keyed, ...behind: readonly Keyed[]): Identity {
  return {
    cert: [leaf, ...behind].map(({ certificate }) => certificate.toPem()).join(''),
    key: leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}
