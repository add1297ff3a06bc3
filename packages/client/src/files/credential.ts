import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Certificate, spkiOf } from '@mortise/x509';
import { ClientError } from '../errors.ts';

/** The texts of a credential, all PEM. */
export interface CredentialText {
  /** PKCS #8. */
  readonly key: string;
  /** The leaf first, then its intermediates. */
  readonly cert: string;
  /** The CA certificates that servers are validated against. */
  readonly ca: string;
}

/** A certificate with its key, and whom to trust. */
export interface Credential extends CredentialText {
  /** The leaf. */
  readonly certificate: Certificate;
}

/** Checks that a key and a certificate belong together. Throws `credential_invalid`; the key is not in the error. */
export function readCredential({ key, cert, ca }: CredentialText): Credential {
  let publicKey: Buffer;
  try {
    publicKey = spkiOf(createPublicKey(createPrivateKey(key)));
  } catch {
    throw new ClientError('credential_invalid', 'the key of the certificate is no private key in PEM');
  }
  let certificate: Certificate | undefined;
  try {
    [certificate] = Certificate.parseAll(cert);
  } catch (error) {
    throw new ClientError('credential_invalid', 'the certificate cannot be read', { cause: error });
  }
  if (certificate === undefined) throw new ClientError('credential_invalid', 'there is no certificate');
  if (!certificate.subjectPublicKeyInfo.equals(publicKey)) {
    throw new ClientError('credential_invalid', 'the certificate is for another key');
  }
  return { key, cert, ca, certificate };
}
