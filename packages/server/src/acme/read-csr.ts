import { createHash } from 'node:crypto';
import { ATTRIBUTE, CertificateRequest, formatIp, OID, parseIp, X509Error } from '@mortise/x509';
import { AcmeError } from './acme-error.ts';
import { identifierText } from './identifiers.ts';
import { decode } from './jws.ts';
import type { Identifier } from './records.ts';

/**
 * What a CSR may ask for: names, which have to be the order's, and what every client asks for out of habit and the
 * profile decides. A certificate without something else that was asked for would not be the one that was meant.
 */
const knownExtensions: ReadonlySet<string> = new Set([
  OID.subjectAltName,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.basicConstraints,
  OID.subjectKeyIdentifier,
]);

/**
 * Reads the CSR of an order (RFC 8555 §7.4): its names must be the order's, no more and no fewer. Whether its key and
 * signature are good is the authority's to say. Throws AcmeError `badCSR`.
 */
export function readCsr(
  value: unknown,
  identifiers: readonly Identifier[],
): { der: Buffer; spkiSha256: string } {
  if (typeof value !== 'string') throw new AcmeError('malformed', 'csr is a PKCS #10 request in base64url.');
  const der = decode(value, 'csr');
  const wanted = new Set(identifiers.map(identifierText));
  let names: Set<string>;
  let spki: Buffer;
  try {
    const request = CertificateRequest.parse(der);
    refuseUnknownExtensions(request);
    names = requestedNames(request, wanted);
    spki = request.subjectPublicKeyInfo;
  } catch (error) {
    if (error instanceof X509Error) throw new AcmeError('badCSR', `The CSR cannot be read: ${error.message}`);
    throw error;
  }
  if (names.size !== wanted.size || [...wanted].some((name) => !names.has(name))) {
    throw new AcmeError('badCSR', 'The names in the CSR are not those of the order.');
  }
  return { der, spkiSha256: createHash('sha256').update(spki).digest('hex') };
}

function refuseUnknownExtensions({ requestedExtensions }: CertificateRequest): void {
  const unknown = requestedExtensions.find(({ oid }) => !knownExtensions.has(oid));
  if (unknown === undefined) return;
  throw new AcmeError(
    'badCSR',
    `The CSR asks for the extension ${unknown.oid.slice(0, 100)}, which the certificate would not have.`,
  );
}

/** The alternative names, and a common name. Throws AcmeError for one that no order can hold. */
function requestedNames(request: CertificateRequest, wanted: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  for (const name of request.subjectAltName ?? []) {
    if (name.type === 'dns') names.add(`dns:${name.value.toLowerCase()}`);
    else if (name.type === 'ip') names.add(`ip:${formatIp(name.bytes)}`);
    else throw new AcmeError('badCSR', 'The CSR asks for names that are neither DNS names nor addresses.');
  }
  for (const { type, value } of request.subject.rdns.flat()) {
    if (type !== ATTRIBUTE.commonName) continue;
    const address = parseIp(value);
    const name = address === undefined ? `dns:${value.toLowerCase()}` : `ip:${formatIp(address)}`;
    // Alone it is the name; beside others it has to be one of them.
    if (names.size === 0 || wanted.has(name)) names.add(name);
    else throw new AcmeError('badCSR', 'The common name in the CSR is not a name of the order.');
  }
  return names;
}
