/** Makes the certificates of the suites that are built here from their descriptions. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type Certificate,
  type CertificateFields,
  createCertificate,
  createKeySigner,
  type Signer,
} from '@mortise/x509';

export const DAY_MS = 86_400_000;

/** The time at which what is made here is valid: 2024-01-01. */
export const NOW = Date.UTC(2024, 0, 1);

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function p256(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** A certificate with its key. */
export interface Holder {
  readonly certificate: Certificate;
  readonly keys: KeyPair;
  readonly signer: Signer;
}

/** Members that are undefined leave the default out. */
export type Fields = { readonly [K in keyof CertificateFields]?: CertificateFields[K] | undefined };

const VALIDITY: Fields = { notBefore: NOW - 1000 * DAY_MS, notAfter: NOW + 10_000 * DAY_MS };

const AUTHORITY: Fields = {
  ...VALIDITY,
  basicConstraints: { ca: true },
  keyUsage: ['keyCertSign', 'cRLSign'],
};

const LEAF: Fields = {
  ...VALIDITY,
  subject: 'CN=example.com',
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth'],
  subjectAltName: [{ type: 'dns', value: 'example.com' }],
};

export async function makeRoot(overrides: Fields = {}, keys = p256()): Promise<Holder> {
  const subject = overrides.subject ?? 'CN=Root';
  return await make({ ...AUTHORITY, subject, issuer: subject, ...overrides }, keys, keys);
}

let intermediates = 0;

export async function makeIntermediate(
  parent: Holder,
  overrides: Fields = {},
  keys = p256(),
): Promise<Holder> {
  const subject = `CN=Intermediate ${++intermediates}`;
  return await make({ ...AUTHORITY, subject, issuer: parent.certificate, ...overrides }, keys, parent.keys);
}

export async function makeLeaf(parent: Holder, overrides: Fields = {}, keys = p256()): Promise<Holder> {
  return await make({ ...LEAF, issuer: parent.certificate, ...overrides }, keys, parent.keys);
}

async function make(fields: Fields, keys: KeyPair, signingKeys: KeyPair): Promise<Holder> {
  const given = Object.entries({ publicKey: keys.publicKey, ...fields }).filter(([, v]) => v !== undefined);
  const certificate = await createCertificate(
    Object.fromEntries(given) as unknown as CertificateFields,
    createKeySigner(signingKeys.privateKey),
  );
  return { certificate, keys, signer: createKeySigner(keys.privateKey) };
}
