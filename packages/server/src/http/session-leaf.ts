import { DerReader } from '@mortise/x509';

const peer = 0xa3;
const sequence = 0x30;

/**
 * The peer's certificate as a TLS session keeps it: OpenSSL's SSL_SESSION, DER as `TLSSocket.getSession` gives it, in which it is
 * the field [3]. `undefined` when there is none or the session is of another form.
 *
 * The certificate is copied and the session overwritten, for it holds the connection's secrets.
 */
export function takeSessionLeaf(session: Buffer): Buffer | undefined {
  try {
    const fields = new DerReader(session, 'session').constructed(sequence);
    while (!fields.done && fields.peek() !== peer) fields.any();
    if (fields.done) return undefined;
    const certificate = fields.constructed(peer);
    certificate.expect(sequence);
    return Buffer.from(session.subarray(certificate.start, certificate.contentEnd));
  } catch {
    return undefined;
  } finally {
    session.fill(0);
  }
}
