import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { StorageError } from './errors.ts';

/** Encrypts what must not be read from the database alone. Each purpose has its own key. */
export interface Sealer {
  /** AES-256-GCM; the answer is 1 version byte, 12 of nonce, the ciphertext, 16 of tag. */
  seal(purpose: string, bytes: Uint8Array): Buffer;
  /** Throws StorageError `corrupt` where it was not sealed for this purpose under this master key, or was changed. */
  open(purpose: string, sealed: Uint8Array): Buffer;
}

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** `masterKey`: 32 bytes. */
export function createSealer(masterKey: Uint8Array): Sealer {
  const keys = new Map<string, Buffer>();

  function keyFor(purpose: string): Buffer {
    let key = keys.get(purpose);
    if (key === undefined) {
      key = Buffer.from(hkdfSync('sha256', masterKey, new Uint8Array(), `mortise at rest: ${purpose}`, 32));
      keys.set(purpose, key);
    }
    return key;
  }

  return {
    seal(purpose, bytes) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), nonce);
      cipher.setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([Uint8Array.of(version), nonce, text, cipher.getAuthTag()]);
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < 1 + nonceBytes + tagBytes || bytes[0] !== version) throw notSealed(purpose);
      const decipher = createDecipheriv('aes-256-gcm', keyFor(purpose), bytes.subarray(1, 1 + nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(purpose));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      try {
        return Buffer.concat([
          decipher.update(bytes.subarray(1 + nonceBytes, bytes.length - tagBytes)),
          decipher.final(),
        ]);
      } catch {
        throw notSealed(purpose);
      }
    },
  };
}

function notSealed(purpose: string): StorageError {
  return new StorageError(
    'corrupt',
    `what is kept for "${purpose}" was changed, or sealed under another master key`,
  );
}
