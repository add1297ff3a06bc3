import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SignatureAlgorithm, Signer } from '@mortise/x509';
import { encodeEcdsaSignature } from './pkcs11/ecdsa-signature.ts';
import { Pkcs11Error } from './pkcs11/pkcs11-error.ts';
import { formatKeyLocation, readKeyLocation } from './pkcs11/pkcs11-uri.ts';
import type { TokenKeyType } from './pkcs11/public-keys.ts';
import { TokenClient } from './pkcs11/token-client.ts';

export interface TokenKeysOptions {
  /** Path of the PKCS #11 module. Absent: there is none, and every key on a token is refused. */
  readonly module?: string | undefined;
  /** File that holds the user PIN and nothing else; read each time, a line end after it is not part of it. */
  readonly pinFile?: string | undefined;
  /** The PIN, where no file is given. */
  readonly pin?: string | undefined;
  readonly timeoutMs?: number;
}

/** A key on a token, by its PKCS #11 URI. */
export interface TokenKey {
  /** RFC 7512, without a PIN. */
  readonly location: string;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Buffer;
}

/** DigestInfo of SHA-256 (RFC 8017 §9.2, note 1) before the digest. */
const sha256DigestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** Keys that stay on PKCS #11 tokens. The module runs in a process of its own, and keys never leave the token. */
export class TokenKeys {
  readonly #client: TokenClient | undefined;

  constructor(options: TokenKeysOptions) {
    const { module, timeoutMs } = options;
    this.#client =
      module === undefined
        ? undefined
        : new TokenClient({
            module,
            pin: () => readPin(options),
            ...(timeoutMs === undefined ? {} : { timeoutMs }),
          });
  }

  /** Makes a key that cannot be taken out of the token. Rejects with Pkcs11Error. */
  async generate(options: {
    readonly token: string;
    readonly label: string;
    readonly keyType: TokenKeyType;
  }): Promise<TokenKey> {
    const id = randomBytes(16).toString('hex');
    const location = formatKeyLocation({ token: options.token, object: options.label, id });
    readKeyLocation(location);
    const spki = await this.#asked().ask({ act: 'generate', ...options, id });
    return { location, spki };
  }

  /** A key that is on the token already. Rejects with Pkcs11Error. */
  async find(location: string): Promise<TokenKey> {
    const key = readKeyLocation(location);
    return { location: formatKeyLocation(key), spki: await this.#asked().ask({ act: 'publicKey', key }) };
  }

  /** Removes a key that was made for nothing. Rejects with Pkcs11Error. */
  async destroy(location: string): Promise<void> {
    await this.#asked().ask({ act: 'destroy', key: readKeyLocation(location) });
  }

  /**
   * Signs with a key on a token. The token is asked when something is signed, not before, and each signature is checked
   * with the public key: `sign` rejects with Pkcs11Error, `key_mismatch` if it is another key's. Throws Pkcs11Error.
   */
  signer({ location, spki }: TokenKey): Signer {
    const key = readKeyLocation(location);
    const client = this.#asked();
    return createTokenSigner(spki, (input) => client.ask({ act: 'sign', key, input }));
  }

  /** Process id of the process with the module, if it runs. */
  get processId(): number | undefined {
    return this.#client?.processId;
  }

  /** Ends the process with the module. */
  async close(): Promise<void> {
    await this.#client?.close();
  }

  #asked(): TokenClient {
    if (this.#client !== undefined) return this.#client;
    throw new Pkcs11Error('module_missing', 'no PKCS #11 module is configured (pkcs11_module)');
  }
}

function createTokenSigner(spki: Buffer, ask: (input: Buffer) => Promise<Buffer>): Signer {
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const { algorithm, hash, prepare, finish } = schemeOf(publicKey);
  return {
    algorithm,
    publicKey,
    async sign(tbs) {
      const signature = finish(await ask(prepare(tbs)));
      if (!verify(hash, tbs, publicKey, signature)) {
        throw new Pkcs11Error(
          'key_mismatch',
          'the token signs with another key than the one in the certificate',
        );
      }
      return signature;
    },
  };
}

interface Scheme {
  readonly algorithm: SignatureAlgorithm;
  readonly hash: string | null;
  /** What the token is given. */
  readonly prepare: (tbs: Uint8Array) => Buffer;
  /** The signature as it stands in certificates. */
  readonly finish: (signature: Buffer) => Buffer;
}

function schemeOf(publicKey: ReturnType<typeof createPublicKey>): Scheme {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = publicKey;
  const digest = (hash: string) => (tbs: Uint8Array) => createHash(hash).update(tbs).digest();
  const same = (signature: Buffer): Buffer => signature;
  if (kind === 'ec' && details?.namedCurve === 'prime256v1') {
    return {
      algorithm: 'ecdsa-p256-sha256',
      hash: 'sha256',
      prepare: digest('sha256'),
      finish: encodeEcdsaSignature,
    };
  }
  if (kind === 'ec' && details?.namedCurve === 'secp384r1') {
    return {
      algorithm: 'ecdsa-p384-sha384',
      hash: 'sha384',
      prepare: digest('sha384'),
      finish: encodeEcdsaSignature,
    };
  }
  if (kind === 'rsa') {
    const prepare = (tbs: Uint8Array): Buffer => Buffer.concat([sha256DigestInfo, digest('sha256')(tbs)]);
    return { algorithm: 'rsa-pkcs1-sha256', hash: 'sha256', prepare, finish: same };
  }
  if (kind === 'ed25519') {
    return { algorithm: 'ed25519', hash: null, prepare: (tbs) => Buffer.from(tbs), finish: same };
  }
  throw new Pkcs11Error('key_unsupported', 'keys of this kind are not used on tokens');
}

function readPin({ pinFile, pin }: TokenKeysOptions): string {
  if (pinFile === undefined) {
    if (pin !== undefined && pin !== '') return pin;
    throw new Pkcs11Error('pin_missing', 'no PIN is configured (pkcs11_pin_file or MORTISE_PKCS11_PIN)');
  }
  let text: string;
  try {
    text = readFileSync(pinFile, 'utf8');
  } catch {
    throw new Pkcs11Error('pin_missing', `the file with the PIN, ${pinFile}, cannot be read`);
  }
  const read = text.replace(/\r?\n$/, '');
  if (read === '') throw new Pkcs11Error('pin_missing', `the file with the PIN, ${pinFile}, is empty`);
  return read;
}
