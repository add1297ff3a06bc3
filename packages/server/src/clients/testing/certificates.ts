import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Certificate, createCertificate, createKeySigner, type GeneralNameInput } from '@mortise/x509';
import { startOfTime } from './test-clients.ts';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function ecKeys(namedCurve = 'P-256'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve });
}

/** A certificate, self-signed unless `signedBy` is given, valid for a day around the start of the tests' time. */
export function selfSigned(
  fields: {
    readonly subject?: string;
    readonly names?: readonly GeneralNameInput[];
    readonly keys?: KeyPair;
    readonly signedBy?: KeyPair;
    readonly ca?: boolean;
    readonly notAfter?: number;
  } = {},
): Promise<Certificate> {
  const keys = fields.keys ?? ecKeys();
  const subject = fields.subject ?? 'CN=test';
  return createCertificate(
    {
      subject,
      issuer: subject,
      notBefore: startOfTime - 43_200_000,
      notAfter: fields.notAfter ?? startOfTime + 43_200_000,
      publicKey: keys.publicKey,
      ...(fields.names === undefined ? {} : { subjectAltName: [...fields.names] }),
      ...(fields.ca === undefined ? {} : { basicConstraints: { ca: fields.ca } }),
    },
    createKeySigner((fields.signedBy ?? keys).privateKey),
  );
}
