import { OID } from '../asn1/oids.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { signatureScheme } from '../keys/signature-schemes.ts';
import type { GeneralName } from '../names/general-name.ts';
import type { Name } from '../names/name.ts';
import { printable } from './printable.ts';

/** Names of one certificate that are shown. */
const MAX_NAMES = 100;

/** A certificate as a person speaks of it. Texts are harmless to print; what cannot be decoded says so in place of its value. */
export interface CertificateSummary {
  /** RFC 4514; empty for an empty name. */
  readonly subject: string;
  readonly issuer: string;
  /** The subjectAltName, each as `dns:…`, `ip:…`, `uri:…`, `email:…`; the first 100. */
  readonly names: readonly string[];
  /** How many names there are more than those. */
  readonly moreNames: number;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Such as `EC P-256` or `RSA 2048`. */
  readonly key: string;
  /** Such as `ecdsa-with-SHA256`. */
  readonly signature: string;
  readonly ca: boolean;
  /** The extended key usage by keyword or object identifier; undefined: any purpose. */
  readonly purposes: readonly string[] | undefined;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint256: string;
  /** SHA-256 of its SubjectPublicKeyInfo, lower-case hexadecimal. */
  readonly spkiSha256: string;
}

/** Never throws for a certificate that could be parsed, whatever its fields hold. */
export function summarizeCertificate(certificate: Certificate): CertificateSummary {
  const names = orElse([], () => (certificate.subjectAltName ?? []).map(nameText));
  return {
    subject: directoryName(() => certificate.subject),
    issuer: directoryName(() => certificate.issuer),
    names: names.slice(0, MAX_NAMES),
    moreNames: Math.max(0, names.length - MAX_NAMES),
    serialNumber: certificate.serialNumber,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    key: orElse('(cannot be read)', () => keyText(certificate)),
    signature: orElse(
      certificate.signatureAlgorithm.oid,
      () => signatureScheme(certificate.signatureAlgorithm).name,
    ),
    ca: orElse(false, () => certificate.basicConstraints?.ca ?? false),
    purposes: orElse(['(cannot be read)'], () => certificate.extendedKeyUsage?.map(purposeName)),
    fingerprint256: certificate.fingerprint256,
    spkiSha256: certificate.spkiSha256,
  };
}

const PURPOSES: ReadonlyMap<string, string> = new Map([
  [OID.serverAuth, 'serverAuth'],
  [OID.clientAuth, 'clientAuth'],
  [OID.codeSigning, 'codeSigning'],
  [OID.emailProtection, 'emailProtection'],
  [OID.timeStamping, 'timeStamping'],
  [OID.ocspSigning, 'OCSPSigning'],
  [OID.anyExtendedKeyUsage, 'anyExtendedKeyUsage'],
]);

/** The keyword of RFC 5280 §4.2.1.12, or the object identifier itself. */
export function purposeName(oid: string): string {
  return PURPOSES.get(oid) ?? oid;
}

/** RFC 4514, or that the name cannot be read. */
export function directoryName(read: () => Name): string {
  return orElse('(cannot be read)', () => printable(read().toString()));
}

function nameText(name: GeneralName): string {
  switch (name.type) {
    case 'directory':
      return `directory:${printable(name.name.toString())}`;
    case 'other':
    case 'registered-id':
      return `${name.type}:${name.oid}`;
    case 'x400':
    case 'edi-party':
      return name.type;
    default:
      return `${name.type}:${printable(name.value)}`;
  }
}

function keyText(certificate: Certificate): string {
  const info = certificate.publicKeyInfo;
  switch (info.kind) {
    case 'ec':
      return `EC ${info.curve}`;
    case 'rsa':
      return `RSA ${info.bits}`;
    case 'rsa-pss':
      return `RSA-PSS ${info.bits}`;
    case 'dsa':
      return `DSA ${info.bits}`;
    case 'ed25519':
      return 'Ed25519';
    case 'ed448':
      return 'Ed448';
    default:
      return info.kind.toUpperCase();
  }
}

function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof X509Error) return otherwise;
    throw cause;
  }
}
