import { createPublicKey, KeyObject } from 'node:crypto';
import { OID } from '../asn1/oids.ts';
import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { importPublicKey } from '../keys/public-key.ts';
import { Name } from '../names/name.ts';
import type { AnchorInput, CertificateInput, Purpose } from './options.ts';
import { BareAnchor, CertificateAnchor, type TrustAnchor } from './trust-anchor.ts';

/** Certificates that could be read, and the errors of those that could not. */
export interface ParsedCertificates {
  readonly certificates: readonly Certificate[];
  readonly errors: readonly X509Error[];
}

/** Parses certificates, bundles among them, and drops repetitions (the same octets). */
export function parseCertificates(inputs: readonly CertificateInput[]): ParsedCertificates {
  const errors: X509Error[] = [];
  const certificates: Certificate[] = [];
  const seen = new Map<string, Certificate>();
  const fingerprints = new Set<string>();
  const add = (certificate: Certificate): void => {
    // The signature tells certificates apart but for forged ones, and a map of short strings is cheaper than one of hashes.
    const key = certificate.signature.toString('latin1');
    const first = seen.get(key);
    if (first === undefined) seen.set(key, certificate);
    else if (first.equals(certificate) || fingerprints.has(certificate.fingerprint256)) return;
    else fingerprints.add(certificate.fingerprint256);
    certificates.push(certificate);
  };
  for (const input of inputs) {
    try {
      if (input instanceof Certificate) add(input);
      else for (const certificate of Certificate.parseAll(input)) add(certificate);
    } catch (cause) {
      if (!(cause instanceof X509Error)) throw cause;
      errors.push(cause);
    }
  }
  return { certificates, errors };
}

/** Parses anchors. Throws X509Error for a malformed name or key; a malformed certificate is among `errors`. */
export function parseAnchors(inputs: readonly AnchorInput[]): {
  anchors: TrustAnchor[];
  errors: readonly X509Error[];
} {
  const certificates: CertificateInput[] = [];
  const bare: TrustAnchor[] = [];
  for (const input of inputs) {
    if (typeof input === 'object' && input !== null && 'subject' in input && !(input instanceof Certificate))
      bare.push(parseBare(input));
    else certificates.push(input as CertificateInput);
  }
  const parsed = parseCertificates(certificates);
  return {
    anchors: [...parsed.certificates.map((certificate) => new CertificateAnchor(certificate)), ...bare],
    errors: parsed.errors,
  };
}

type BareInput = Exclude<AnchorInput, CertificateInput>;

function parseBare({ subject, publicKey, nameConstraints }: BareInput): TrustAnchor {
  let name: Name;
  if (typeof subject === 'string') name = Name.parse(subject);
  else name = subject instanceof Name ? subject : Name.fromDer(subject);
  const { permitted = [], excluded = [] } = nameConstraints ?? {};
  const constraints = permitted.length + excluded.length === 0 ? undefined : { permitted, excluded };
  return new BareAnchor(name, parsePublicKey(publicKey), constraints);
}

function parsePublicKey(key: KeyObject | Uint8Array | string): KeyObject {
  if (key instanceof KeyObject) return key.type === 'private' ? createPublicKey(key) : key;
  if (typeof key !== 'string') return importPublicKey(key, 'anchor.publicKey');
  try {
    return createPublicKey(key);
  } catch {
    throw new X509Error('key_invalid', 'the PEM holds no public key', 'anchor.publicKey');
  }
}

const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: OID.serverAuth,
  clientAuth: OID.clientAuth,
  codeSigning: OID.codeSigning,
  emailProtection: OID.emailProtection,
  timeStamping: OID.timeStamping,
  OCSPSigning: OID.ocspSigning,
  ocspSigning: OID.ocspSigning,
};

/** The object identifier of a purpose. Throws TypeError for a name that is not known. */
export function purposeOid(purpose: Purpose | undefined): string | undefined {
  if (purpose === undefined) return undefined;
  const oid = Object.hasOwn(PURPOSES, purpose) ? PURPOSES[purpose] : purpose;
  if (oid === undefined || !/^[0-2](?:\.\d+)+$/.test(oid)) throw new TypeError(`not a purpose: ${purpose}`);
  return oid;
}

/** Epoch milliseconds of a whole second. Throws TypeError if it is no time. */
export function secondOf(at: Date | number): number {
  const time = typeof at === 'number' ? at : at instanceof Date ? at.getTime() : Number.NaN;
  if (!Number.isFinite(time)) throw new TypeError('at is not a time');
  return Math.floor(time / 1000) * 1000;
}
