import { Pkcs11Error } from './pkcs11-error.ts';

/** Makes of r and s side by side, as PKCS #11 gives them, the DER of ECDSA-Sig-Value (RFC 3279 §2.2.3). Throws Pkcs11Error. */
export function encodeEcdsaSignature(signature: Buffer): Buffer {
  if (signature.length === 0 || signature.length % 2 !== 0 || signature.length > 96) {
    throw new Pkcs11Error('token_failed', `the token gave a signature of ${signature.length} octets`);
  }
  const half = signature.length / 2;
  const both = Buffer.concat([integer(signature.subarray(0, half)), integer(signature.subarray(half))]);
  return Buffer.concat([Buffer.from([0x30, both.length]), both]);
}

function integer(magnitude: Buffer): Buffer {
  const first = magnitude.findIndex((octet) => octet !== 0);
  const bare = first === -1 ? magnitude.subarray(-1) : magnitude.subarray(first);
  const padded = bare[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bare]) : bare;
  return Buffer.concat([Buffer.from([0x02, padded.length]), padded]);
}
