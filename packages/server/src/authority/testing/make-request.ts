import type { KeyObject } from 'node:crypto';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { CertificateRequestFields } from '@mortise/x509';
import { createCertificateRequest, createKeySigner } from '@mortise/x509';

const generateP256 = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** A certification request in PEM, with its private key; a P-256 key unless one is given. */
export async function makeRequest(
  fields: Partial<CertificateRequestFields>,
  privateKey: KeyObject = generateP256(),
): Promise<{ pem: string; der: Buffer; privateKey: KeyObject }> {
  const signer = createKeySigner(privateKey);
  const request = await createCertificateRequest({ subject: '', ...fields, signer });
  return { pem: request.toPem(), der: request.der, privateKey };
}

/** A request for a key that another key signed: for kinds of keys that nothing here signs with. */
export async function makeForeignRequest(privateKey: KeyObject): Promise<{ pem: string }> {
  const signer = { ...createKeySigner(generateP256()), publicKey: createPublicKey(privateKey) };
  return { pem: (await createCertificateRequest({ subject: '', signer })).toPem() };
}
