/**
 * The two encodings of a P-256 signature: DER, which OpenSSL reads and writes, and r and s of 32 octets each (RFC 7518
 * §3.4), which JWS has. Asking `node:crypto` for the other encoding more than doubles the time of a signature on Node 24.
 */
const half = 32;

/** The one signature at work: nothing here waits, so nobody else sees it before it is encoded. */
const work = Buffer.alloc(2 * half);

/** DER to r ‖ s in base64url. The input comes from OpenSSL and is well-formed. */
export function derToJws(der: Uint8Array): string {
  work.fill(0);
  // SEQUENCE and its length are two octets, because the content of a P-256 signature is under 128.
  const end = copyInteger(der, 2, work, half);
  copyInteger(der, end, work, 2 * half);
  return work.toString('base64url');
}

/** Copies the INTEGER at `at` so that it ends at `until`; answers where it ends in the DER. */
function copyInteger(der: Uint8Array, at: number, into: Buffer, until: number): number {
  let start = at + 2;
  const end = start + der[at + 1]!;
  if (der[start] === 0) start += 1;
  for (let from = end - 1, to = until - 1; from >= start; from--, to--) into[to] = der[from]!;
  return end;
}

/** r ‖ s to DER; undefined where it is not 64 octets. */
export function jwsToDer(jws: Uint8Array): Buffer | undefined {
  if (jws.length !== 2 * half) return undefined;
  const r = integer(jws.subarray(0, half));
  const s = integer(jws.subarray(half));
  return Buffer.concat([Uint8Array.of(0x30, r.length + s.length), r, s]);
}

function integer(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < half - 1 && magnitude[start] === 0) start += 1;
  const octets = magnitude.subarray(start);
  const padding = octets[0]! >= 0x80 ? [0] : [];
  return Buffer.concat([Uint8Array.of(2, octets.length + padding.length, ...padding), octets]);
}
