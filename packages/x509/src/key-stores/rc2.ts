import { X509Error } from '../errors.ts';

/** The first octets of pi, mixed to a permutation (RFC 2268 §2). */
const PITABLE = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
);

/** RFC 2268 §2: 64 words of 16 bits from the key. */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const octets = new Uint8Array(128);
  octets.set(key);
  const effectiveOctets = (effectiveBits + 7) >> 3;
  const mask = 0xff >> (8 * effectiveOctets - effectiveBits);
  for (let i = key.length; i < 128; i++) {
    octets[i] = PITABLE[(octets[i - 1]! + octets[i - key.length]!) & 0xff]!;
  }
  octets[128 - effectiveOctets] = PITABLE[octets[128 - effectiveOctets]! & mask]!;
  for (let i = 127 - effectiveOctets; i >= 0; i--) {
    octets[i] = PITABLE[octets[i + 1]! ^ octets[i + effectiveOctets]!]!;
  }
  return Uint16Array.from({ length: 64 }, (_, i) => octets[2 * i]! | (octets[2 * i + 1]! << 8));
}

const ROTATIONS = [1, 2, 3, 5];

/** RFC 2268 §4: one block, in place. */
function decryptBlock(words: Uint16Array, key: Uint16Array): void {
  let next = 63;
  const mixingRound = (): void => {
    for (let i = 3; i >= 0; i--) {
      const rotation = ROTATIONS[i]!;
      const word = words[i]!;
      const rotated = (word >> rotation) | (word << (16 - rotation));
      const [a, b, c] = [words[(i + 3) & 3]!, words[(i + 2) & 3]!, words[(i + 1) & 3]!];
      words[i] = rotated - key[next--]! - (a & b) - (~a & c);
    }
  };
  const mashingRound = (): void => {
    for (let i = 3; i >= 0; i--) words[i] = words[i]! - key[words[(i + 3) & 3]! & 63]!;
  };
  for (const rounds of [5, 6, 5]) {
    for (let i = 0; i < rounds; i++) mixingRound();
    if (next >= 0) mashingRound();
  }
}

/**
 * Decrypts RC2 in CBC mode with PKCS #5 padding (RFC 2268): for old key stores only, since OpenSSL 3 has it no longer. The key has 1 to 128
 * octets, the iv 8. Throws `key_store_password` if the padding does not fit.
 */
export function decryptRc2Cbc(
  key: Uint8Array,
  effectiveBits: number,
  iv: Uint8Array,
  encrypted: Buffer,
): Buffer {
  if (encrypted.length === 0 || encrypted.length % 8 !== 0) {
    throw new X509Error('key_store_invalid', 'encrypted content is not of whole blocks', 'keyStore');
  }
  const expanded = expandKey(key, effectiveBits);
  const words = new Uint16Array(4);
  const plain = Buffer.alloc(encrypted.length);
  for (let at = 0; at < encrypted.length; at += 8) {
    for (let i = 0; i < 4; i++) words[i] = encrypted.readUInt16LE(at + 2 * i);
    decryptBlock(words, expanded);
    for (let i = 0; i < 4; i++) plain.writeUInt16LE(words[i]!, at + 2 * i);
    for (let i = 0; i < 8; i++) plain[at + i]! ^= at === 0 ? iv[i]! : encrypted[at - 8 + i]!;
  }
  const padding = plain[plain.length - 1]!;
  const padded = plain.subarray(plain.length - padding);
  if (padding < 1 || padding > 8 || padded.some((octet) => octet !== padding)) {
    throw new X509Error('key_store_password', 'the password does not open this', 'keyStore');
  }
  return plain.subarray(0, plain.length - padding);
}
