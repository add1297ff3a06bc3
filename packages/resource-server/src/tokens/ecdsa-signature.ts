/**
 * Turns the fixed-width r ‖ s of a JWS (RFC 7518 §3.4) into the DER SEQUENCE of two INTEGERs that OpenSSL verifies.
 * `signature` has an even length of at most 96 octets (P-384), so that the lengths fit DER's short form.
 */
export function ecdsaSignatureToDer(signature: Buffer): Buffer {
  const half = signature.length >>> 1;
  const rStart = firstSignificant(signature, 0, half);
  const sStart = firstSignificant(signature, half, signature.length);
  const rPad = signature[rStart]! >>> 7;
  const sPad = signature[sStart]! >>> 7;
  const rLength = half - rStart + rPad;
  const sLength = signature.length - sStart + sPad;
  const contentLength = 4 + rLength + sLength;
  const der = Buffer.allocUnsafe(2 + contentLength);
  der[0] = 0x30;
  der[1] = contentLength;
  der[2] = 0x02;
  der[3] = rLength;
  let at = 4;
  if (rPad === 1) der[at++] = 0;
  at += signature.copy(der, at, rStart, half);
  der[at++] = 0x02;
  der[at++] = sLength;
  if (sPad === 1) der[at++] = 0;
  signature.copy(der, at, sStart);
  return der;
}

/** Skips leading zero octets, but leaves one octet for the number zero. */
function firstSignificant(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end - 1 && bytes[at] === 0) at += 1;
  return at;
}
