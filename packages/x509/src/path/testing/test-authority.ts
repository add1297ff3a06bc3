import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Certificate } from '../../certificates/certificate.ts';
import { type CertificateFields, createCertificate } from '../../issuing/create-certificate.ts';
import { createKeySigner, type Signer } from '../../keys/signer.ts';

/** The time at which the certificates of tests are valid: 2026-06-01. */
export const NOW = Date.UTC(2026, 5, 1);

const CA: Partial<CertificateFields> = {
  notBefore: NOW - 86_400_000,
  notAfter: NOW + 365 * 86_400_000,
  basicConstraints: { ca: true },
  keyUsage: ['keyCertSign', 'cRLSign'],
};

const LEAF: Partial<CertificateFields> = {
  notBefore: NOW - 86_400_000,
  notAfter: NOW + 30 * 86_400_000,
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth', 'clientAuth'],
  subjectAltName: [{ type: 'dns', value: 'host.example.com' }],
};

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function p256(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

type Overrides = { readonly [K in keyof CertificateFields]?: CertificateFields[K] | undefined };

/** A certification authority of a test: a certificate with its key. */
export class TestAuthority {
  readonly certificate: Certificate;
  readonly keys: KeyPair;
  readonly signer: Signer;

  private constructor(certificate: Certificate, keys: KeyPair) {
    this.certificate = certificate;
    this.keys = keys;
    this.signer = createKeySigner(keys.privateKey);
  }

  /** A self-signed root. Members of `overrides` that are undefined leave the default out. */
  static async root(subject: string, overrides: Overrides = {}, keys = p256()): Promise<TestAuthority> {
    const certificate = await make(
      { ...CA, subject, issuer: subject, publicKey: keys.publicKey, ...overrides },
      keys,
    );
    return new TestAuthority(certificate, keys);
  }

  /** An authority certified by this one. */
  async authority(subject: string, overrides: Overrides = {}, keys = p256()): Promise<TestAuthority> {
    const fields = { ...CA, subject, issuer: this.certificate, publicKey: keys.publicKey, ...overrides };
    return new TestAuthority(await make(fields, this.keys), keys);
  }

  /** A certificate that is no CA, with `digitalSignature`, both TLS purposes and the name host.example.com. */
  async leaf(subject: string, overrides: Overrides = {}, keys = p256()): Promise<Certificate> {
    const fields = { ...LEAF, subject, issuer: this.certificate, publicKey: keys.publicKey, ...overrides };
    return await make(fields, this.keys);
  }
}

async function make(fields: Overrides, keys: KeyPair): Promise<Certificate> {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return await createCertificate(given as unknown as CertificateFields, createKeySigner(keys.privateKey));
}
