import type { CertificateFields, NameConstraints, Signer } from '@mortise/x509';
import {
  type Certificate,
  createKeySigner,
  encodeTbsCertificate,
  lintCertificate,
  nameConstraintViolations,
  signAgain,
  signCertificate,
  X509Error,
} from '@mortise/x509';
import { AuthorityError } from './authority-error.ts';
import type { AuthorityKeyType } from './authority-record.ts';
import { generatePrivateKey } from './key-types.ts';

/**
 * Keys that sign what is only looked at. There is no certificate for them, they are kept in this memory alone, and end with the process; so
 * whatever they signed is worth nothing to anybody.
 */
const throwAwaySigners = new Map<string, Promise<Signer>>();

function throwAwaySigner(keyType: AuthorityKeyType, algorithm: Signer['algorithm']): Promise<Signer> {
  const name = `${keyType} ${algorithm}`;
  let signer = throwAwaySigners.get(name);
  if (signer === undefined) {
    signer = generatePrivateKey(keyType).then((key) => createKeySigner(key, algorithm));
    throwAwaySigners.set(name, signer);
  }
  return signer;
}

/**
 * Encodes a certificate, signs it with a throw-away key of the authority's kind, looks for faults, and only then signs the very same octets with
 * the authority's key. Rejects with AuthorityError: `lint_failed`, with the codes of what was found; `name_not_allowed`, where `constraints`,
 * those of the authority and of the ones above it and of the profile, do not allow a name.
 */
export async function signLinted(
  fields: CertificateFields,
  authority: { readonly keyType: AuthorityKeyType; readonly signer: Signer },
  constraints: readonly NameConstraints[] = [],
): Promise<Certificate> {
  const { keyType, signer } = authority;
  const tbs = encode(fields, signer);
  const copy = await signCertificate(tbs, await throwAwaySigner(keyType, signer.algorithm));
  refuseFaults(copy);
  const violations = constraints.length === 0 ? [] : nameConstraintViolations(copy, constraints);
  if (violations.length > 0) {
    throw new AuthorityError(
      'name_not_allowed',
      `name constraints do not allow it: ${violations.slice(0, 10).join('; ')}`,
      violations.slice(0, 10),
    );
  }
  return signAgain(copy, signer);
}

function encode(fields: CertificateFields, signer: Signer): Buffer {
  try {
    return encodeTbsCertificate(fields, signer);
  } catch (error) {
    if (error instanceof X509Error) throw new AuthorityError('lint_failed', error.message, [error.code]);
    throw error;
  }
}

/** A SPIFFE trust domain, and the issuer of a server on loopback, may have one label only, which RFC 5280 §4.2.1.6 does not know. */
const tolerated: ReadonlySet<string> = new Set(['uri_host_invalid']);

function refuseFaults(certificate: Certificate): void {
  const faults = lintCertificate(certificate, 'rfc5280', 'error').filter(({ code }) => !tolerated.has(code));
  if (faults.length === 0) return;
  const shown = faults.slice(0, 10);
  throw new AuthorityError(
    'lint_failed',
    `the certificate would have faults: ${shown.map(({ code, message, rule }) => `${code}: ${message} (${rule})`).join('; ')}`,
    shown.map(({ code }) => code),
  );
}
