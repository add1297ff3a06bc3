import { DerWriter } from '../asn1/der-writer.ts';
import { X509Error } from '../errors.ts';
import { signatureAlgorithmDetails } from '../keys/signature-algorithms.ts';
import type { Signer } from '../keys/signer.ts';

/**
 * Signs `tbs` and wraps it as SIGNED{} (RFC 5280 §4.1.1): what is to be signed, the AlgorithmIdentifier, the signature.
 * Throws `signing_failed` if the signer answers no octets; what the signer itself throws passes through.
 */
export async function signStructure(tbs: Buffer, signer: Signer): Promise<Buffer> {
  const answer = signer.sign(tbs);
  const signature = answer instanceof Uint8Array ? answer : await answer;
  if (!(signature instanceof Uint8Array) || signature.length === 0) {
    throw new X509Error('signing_failed', 'the signer gave no signature', 'signer');
  }
  const { identifier } = signatureAlgorithmDetails(signer.algorithm);
  const writer = new DerWriter(tbs.length + identifier.length + signature.length + 32);
  writer.sequence(() => {
    writer.raw(tbs);
    writer.raw(identifier);
    writer.bitString(signature);
  });
  return writer.finish();
}
