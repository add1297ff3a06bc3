import { createHash } from 'node:crypto';
import { Certificate, encodePem, importPublicKey, Name, parsePem, X509Error } from '@mortise/x509';
import { invalidMember } from './client-error.ts';
import { refusedKey } from './keys.ts';
import type { TrustAnchor } from './trust-anchor.ts';

const member = 'tls_client_auth_trust_anchors';
const maximumAnchors = 16;

/**
 * Reads trust anchors: each a CA certificate in PEM (a bundle counts as several) or, where only the key is pinned,
 * `{ "subject": RFC 4514, "public_key": PEM }`. At most 16, no key twice. Throws ClientError.
 */
export function readTrustAnchors(value: unknown): TrustAnchor[] {
  if (!Array.isArray(value)) throw invalidMember(member, 'is an array');
  if (value.length > maximumAnchors) throw invalidMember(member, `holds at most ${maximumAnchors} anchors`);
  const anchors = (value as unknown[]).flatMap((entry) => {
    try {
      return typeof entry === 'string' ? fromBundle(entry) : [fromKey(entry)];
    } catch (error) {
      if (error instanceof X509Error) throw invalidMember(member, error.message);
      throw error;
    }
  });
  if (anchors.length > maximumAnchors) throw invalidMember(member, `holds at most ${maximumAnchors} anchors`);
  const pins = new Set(anchors.map((anchor) => anchor.spkiSha256));
  if (pins.size < anchors.length) throw invalidMember(member, 'one key stands there twice');
  return anchors;
}

/** The metadata that registers these anchors again. */
export function trustAnchorMetadata(
  anchors: readonly TrustAnchor[],
): (string | { subject: string; public_key: string })[] {
  return anchors.map((anchor) =>
    anchor.certificate === undefined
      ? { subject: Name.fromDer(anchor.subject).toString(), public_key: encodePem('PUBLIC KEY', anchor.spki) }
      : encodePem('CERTIFICATE', anchor.certificate),
  );
}

function fromBundle(pem: string): TrustAnchor[] {
  return Certificate.parseAll(pem).map((certificate) => {
    if (certificate.basicConstraints?.ca !== true) {
      throw invalidMember(member, `${certificate.subject.toString()} is not the certificate of a CA`);
    }
    return { ...pinned(certificate.subject, certificate.subjectPublicKeyInfo), certificate: certificate.der };
  });
}

function fromKey(entry: unknown): TrustAnchor {
  const { subject, public_key: publicKey } = (entry ?? {}) as { subject?: unknown; public_key?: unknown };
  if (typeof subject !== 'string' || typeof publicKey !== 'string') {
    throw invalidMember(member, 'an anchor is a PEM certificate, or an object with subject and public_key');
  }
  const blocks = parsePem(publicKey, 'PUBLIC KEY');
  if (blocks.length !== 1) throw invalidMember(member, 'public_key is one PEM block PUBLIC KEY');
  return pinned(Name.parse(subject), blocks[0]!.der);
}

function pinned(subject: Name, spki: Buffer): TrustAnchor {
  if (subject.rdns.length === 0) throw invalidMember(member, 'the subject is empty');
  const refusal = refusedKey(importPublicKey(spki));
  if (refusal !== undefined) throw invalidMember(member, `${subject.toString()}: ${refusal}`);
  const digest = createHash('sha256').update(spki).digest();
  return {
    id: `anchor_${digest.subarray(0, 12).toString('base64url')}`,
    subject: Buffer.from(subject.der),
    spki: Buffer.from(spki),
    spkiSha256: digest.toString('hex'),
  };
}
