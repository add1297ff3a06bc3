import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { createKeySigner, type Signer } from '@mortise/x509';
import type { AuthorityKeyType } from '../authority-record.ts';
import { generatePrivateKey } from '../key-types.ts';
import { Pkcs11Error } from '../signers/pkcs11/pkcs11-error.ts';
import { formatKeyLocation } from '../signers/pkcs11/pkcs11-uri.ts';
import { type TokenKey, TokenKeys } from '../signers/pkcs11.ts';

/** A token in memory, which fails as a real one does: for tests of what its users make of that. */
export class MemoryToken extends TokenKeys {
  /** Whether it is unplugged: then it rejects with `token_absent`. */
  away = false;
  readonly #keys = new Map<string, KeyObject>();

  constructor() {
    super({});
  }

  /** The URIs of the keys on it. */
  get locations(): string[] {
    return [...this.#keys.keys()];
  }

  override async generate(options: {
    readonly token: string;
    readonly label: string;
    readonly keyType: AuthorityKeyType;
  }): Promise<TokenKey> {
    this.#present();
    const { token, label: object, keyType } = options;
    const location = formatKeyLocation({ token, object, id: randomBytes(16).toString('hex') });
    this.#keys.set(location, await generatePrivateKey(keyType));
    return this.find(location);
  }

  override async find(location: string): Promise<TokenKey> {
    const key = this.#key(location);
    return { location, spki: createPublicKey(key).export({ format: 'der', type: 'spki' }) };
  }

  override async destroy(location: string): Promise<void> {
    this.#key(location);
    this.#keys.delete(location);
  }

  override signer({ location }: TokenKey): Signer {
    const known = createKeySigner(this.#keys.get(location)!);
    return { ...known, sign: async (tbs) => createKeySigner(this.#key(location)).sign(tbs) };
  }

  #key(location: string): KeyObject {
    this.#present();
    const key = this.#keys.get(location);
    if (key === undefined) throw new Pkcs11Error('key_absent', 'the token holds no such key');
    return key;
  }

  #present(): void {
    if (this.away) throw new Pkcs11Error('token_absent', 'there is no token of this label');
  }
}
