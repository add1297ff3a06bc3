/** Finds secrets in places where they must not be, in every form in which somebody could have written them. */
import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What must not be found: a name for the report, and octets. */
export interface Needle {
  readonly name: string;
  readonly octets: Buffer;
}

/** A text as it is, and in the encodings in which it might slip through. */
export function textNeedles(name: string, text: string): Needle[] {
  const octets = Buffer.from(text);
  return [
    { name, octets },
    ...encodings(name, octets),
    { name: `${name}, percent-encoded`, octets: Buffer.from(encodeURIComponent(text)) },
  ];
}

/** Octets as they are, and in text. */
export function octetNeedles(name: string, octets: Buffer): Needle[] {
  return [{ name, octets }, ...encodings(name, octets)];
}

/** Everything by which a private key can be known: its PEM lines, its DER, and its private number. */
export function keyNeedles(name: string, pem: string): Needle[] {
  const key = createPrivateKey(pem);
  const { d } = key.export({ format: 'jwk' });
  const lines = pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
  return [
    ...lines.map((line) => ({ name: `${name}, a line of its PEM`, octets: Buffer.from(line) })),
    ...octetNeedles(`${name}, DER`, key.export({ format: 'der', type: 'pkcs8' })),
    ...octetNeedles(`${name}, private number`, Buffer.from(String(d), 'base64url')),
  ];
}

function encodings(name: string, octets: Buffer): Needle[] {
  return (['base64', 'base64url', 'hex'] as const).map((encoding) => ({
    name: `${name}, ${encoding}`,
    // Without what depends on the octets that follow.
    octets: Buffer.from(octets.toString(encoding).replace(/=+$/, '').slice(0, -1)),
  }));
}

/** What of the needles lies in these octets, and what looks like a private key in any. */
export function findings(haystack: Buffer, needles: readonly Needle[]): string[] {
  return [...needles, ...privateKeyForms]
    .filter(({ octets }) => haystack.includes(octets))
    .map(({ name }) => name);
}

const privateKeyForms: readonly Needle[] = [
  { name: 'a PEM private key', octets: Buffer.from('PRIVATE KEY-----') },
  { name: 'a private JWK', octets: Buffer.from('"d":"') },
  // PKCS #8 of P-256, P-384, and Ed25519, from the algorithm to the octets of the key.
  { name: 'a P-256 PKCS #8 key', octets: Buffer.from('06082a8648ce3d030107046d306b0201010420', 'hex') },
  { name: 'a P-384 PKCS #8 key', octets: Buffer.from('06052b8104002204819e30819b0201010430', 'hex') },
  { name: 'an Ed25519 PKCS #8 key', octets: Buffer.from('300506032b657004220420', 'hex') },
];

/** Every file under a folder, by its path in it. */
export function filesUnder(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(folder, path), readFileSync(path));
  }
  return files;
}
