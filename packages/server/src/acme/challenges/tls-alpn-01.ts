import { createHash } from 'node:crypto';
import { Certificate, DerReader, parseIp, X509Error } from '@mortise/x509';
import type { Identifier } from '../records.ts';
import type { ChallengeContext, ChallengeMethod } from './challenge-method.ts';
import { NetworkFailure } from './challenge-method.ts';

const protocol = 'acme-tls/1';
/** id-pe-acmeIdentifier, RFC 8737 §6.1. */
const acmeIdentifier = '1.3.6.1.5.5.7.1.31';

/** RFC 8737 §3: a self-signed certificate with the digest of the key authorization, in a handshake of its own protocol. */
export const tlsAlpn01: ChallengeMethod = {
  type: 'tls-alpn-01',
  appliesTo: (_identifier, wildcard) => !wildcard,

  async validate({ identifier, keyAuthorization, network, ports }: ChallengeContext): Promise<void> {
    const presented = await network.presentedCertificate({
      host: identifier.value,
      port: ports.tls,
      serverName: serverName(identifier),
      protocol,
    });
    if (presented.protocol !== protocol) {
      throw new NetworkFailure('unauthorized', `The server did not choose the protocol ${protocol}.`);
    }
    const digest = createHash('sha256').update(keyAuthorization).digest();
    const problem = wrongCertificate(presented.certificate, identifier, digest);
    if (problem !== undefined) throw new NetworkFailure('unauthorized', problem);
  },
};

/** RFC 8738 §6: for an address, its name in the reverse tree. */
export function serverName({ type, value }: Identifier): string {
  if (type === 'dns') return value;
  const octets = parseIp(value)!;
  if (octets.length === 4) return `${[...octets].reverse().join('.')}.in-addr.arpa`;
  return `${[...octets.toString('hex')].reverse().join('.')}.ip6.arpa`;
}

function wrongCertificate(der: Buffer, identifier: Identifier, digest: Buffer): string | undefined {
  try {
    const certificate = Certificate.parse(der);
    const names = certificate.subjectAltName ?? [];
    const [name] = names;
    if (names.length !== 1 || name === undefined || name.type !== identifier.type) {
      return 'The certificate does not hold exactly one name.';
    }
    if (name.type !== 'dns' && name.type !== 'ip') return 'The name in the certificate is of another type.';
    if (name.value.toLowerCase() !== identifier.value) return 'The certificate is for another name.';
    const extension = certificate.extensions.find(({ oid }) => oid === acmeIdentifier);
    if (extension === undefined) return 'The certificate has no extension acmeIdentifier.';
    if (!extension.critical) return 'The extension acmeIdentifier is not critical.';
    const reader = new DerReader(extension.value, 'acmeIdentifier');
    const value = reader.octetString();
    reader.end();
    return value.equals(digest) ? undefined : 'The extension acmeIdentifier holds another digest.';
  } catch (error) {
    if (error instanceof X509Error) return 'The certificate cannot be read.';
    throw error;
  }
}
