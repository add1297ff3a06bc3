import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { ClientAuthentication } from './authentication/methods.ts';
import { type CertificateSource, isCertificateSource } from './certificate-source.ts';
import { ClientError } from './errors.ts';
import { type Anchors, checkAnchors } from './transport/anchors.ts';
import type { ClientCertificate } from './transport/connections.ts';

export interface ClientOptions {
  /** The issuer identifier of the authorization server; its metadata is found by it (RFC 8414). */
  readonly issuer: string;
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  /**
   * Presented on every connection, to the authorization server and to resources. Needed for the two TLS methods; with another method it
   * has the tokens bound. A `ManagedCertificate` is followed: each new one takes over by itself. Absent: none is presented.
   */
  readonly certificate?: ClientCertificate | CertificateSource | undefined;
  /**
   * Whom servers' certificates must come from, for the authorization server and for resources. Absent: with a `ManagedCertificate`
   * whom that trusts, else those that Node trusts.
   */
  readonly anchors?: Anchors | undefined;
  /** What to ask for where a call does not say. Default: the server's default for this client. */
  readonly scope?: string | readonly string[] | undefined;
  /** RFC 8707 resource identifier to ask for where a call does not say. Default: left to the server. */
  readonly resource?: string | undefined;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** From 0 up to 1, spreads renewals. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Throws `configuration_invalid` naming the option and what it takes. */
export function checkOptions(options: ClientOptions): void {
  if (URL.parse(options.issuer)?.protocol !== 'https:' || /[?#]/.test(options.issuer)) {
    throw invalid('issuer', 'an https URL without query and fragment');
  }
  if (typeof options.clientId !== 'string' || options.clientId === '') {
    throw invalid('clientId', 'a non-empty string');
  }
  if (options.resource !== undefined && !URL.canParse(options.resource)) {
    throw invalid('resource', 'an absolute URI');
  }
  const { certificate } = options;
  if (!isCertificateSource(certificate)) checkCertificate(certificate);
  else if (certificate.credential === undefined) throw invalid('certificate', 'enrolled before it is used');
  checkAnchors(options.anchors);
}

/**
 * Throws `configuration_invalid`, or `credential_invalid` where key and certificate cannot be used together: TLS would say so with each
 * connection, as if the server were away. Read by OpenSSL, which is what will present them.
 */
export function checkCertificate(certificate: ClientCertificate | undefined): void {
  if (certificate === undefined) return;
  if (!certificate.key || !certificate.cert) throw invalid('certificate', 'a "key" and a "cert", both PEM');
  let key: KeyObject;
  try {
    key = createPrivateKey(certificate.key);
  } catch {
    throw new ClientError('credential_invalid', 'the key of the certificate is no private key in PEM');
  }
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(certificate.cert);
  } catch (cause) {
    throw new ClientError('credential_invalid', 'the certificate cannot be read', { cause });
  }
  if (!leaf.checkPrivateKey(key)) {
    throw new ClientError('credential_invalid', 'the certificate is for another key');
  }
}

/** `scope` as it goes into a request: one string, or undefined for none. */
export function scopeText(scope: string | readonly string[] | undefined): string | undefined {
  const text = typeof scope === 'string' ? scope : scope?.join(' ');
  return text === '' ? undefined : text;
}

function invalid(name: string, expected: string): ClientError {
  return new ClientError('configuration_invalid', `"${name}" must be ${expected}`);
}
