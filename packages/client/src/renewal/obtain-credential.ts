import { generateKeyPairSync } from 'node:crypto';
import { type Certificate, createCertificateRequest, createKeySigner } from '@mortise/x509';
import type { AcmeClient } from '../acme/acme-client.ts';
import { certificateId } from '../acme/certificate-id.ts';
import { ClientError } from '../errors.ts';
import { type Credential, readCredential } from '../files/credential.ts';

/**
 * Orders a certificate with a new key. `former`: the one that it replaces. Throws `server_response_invalid` where what the server
 * gave is not what was asked for.
 */
export async function obtainCredential(
  acme: AcmeClient,
  wanted: {
    readonly identifier: string;
    readonly profile?: string | undefined;
    readonly former?: Credential | undefined;
    readonly ca: string;
    readonly now: () => number;
  },
): Promise<Credential> {
  const { identifier, profile, former, ca, now } = wanted;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const request = await createCertificateRequest({
    subject: '',
    signer: createKeySigner(privateKey),
    subjectAltName: [{ type: 'dns', value: identifier }],
  });
  const cert = await acme.obtain({
    identifiers: [{ type: 'dns', value: identifier }],
    csr: request.der,
    profile,
    replaces: former && certificateId(former.certificate),
  });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  let credential: Credential;
  try {
    credential = readCredential({ key, cert, ca });
  } catch (error) {
    throw new ClientError('server_response_invalid', 'the server gave a certificate that was not asked for', {
      cause: error,
    });
  }
  const { certificate } = credential;
  if (!hasName(certificate, identifier)) {
    throw new ClientError(
      'server_response_invalid',
      `the server gave a certificate without the name ${identifier}`,
    );
  }
  if (certificate.notAfter <= now()) {
    throw new ClientError(
      'server_response_invalid',
      "the server gave a certificate that has ended by this computer's clock",
    );
  }
  return credential;
}

/** Whether a certificate has a DNS name, as it stands. */
export function hasName(certificate: Certificate, identifier: string): boolean {
  return (
    certificate.subjectAltName?.some((name) => name.type === 'dns' && name.value === identifier) === true
  );
}
