import { type Attribute, mechanism, readAttribute, ulong, withTemplate } from './attributes.ts';
import type { CryptokiModule } from './cryptoki-module.ts';
import { type CKA, CKF, CKK, CKM, CKO, CKR, CKU, CryptokiError } from './cryptoki-values.ts';
import { Pkcs11Error } from './pkcs11-error.ts';
import type { KeyLocation } from './pkcs11-uri.ts';
import { curveParameters, curvePublicKey, rsaPublicKey, type TokenKeyType } from './public-keys.ts';

/** CK_TOKEN_INFO: the label is its first 32 octets, the flags follow four texts. */
const tokenInfo = { size: 208, labelSize: 32, flagsAt: 96 };

const longestSignature = 1024;

interface OpenKey {
  readonly handle: number;
  readonly mechanism: number;
}

/** One token with a session in which the user is logged in. A token that went away is used no more: make another. */
export class Token {
  readonly #module: CryptokiModule;
  readonly #session: number;
  readonly #keys = new Map<string, OpenKey>();

  private constructor(module: CryptokiModule, session: number) {
    this.#module = module;
    this.#session = session;
  }

  /** Finds the token by its label and logs in. Throws Pkcs11Error `token_absent`, CryptokiError. */
  static open(module: CryptokiModule, label: string, pin: string): Token {
    const slots = slotIds(module).flatMap((slot) => {
      const info = Buffer.alloc(tokenInfo.size);
      try {
        module.call('C_GetTokenInfo', slot, info);
      } catch (error) {
        if (error instanceof CryptokiError) return [];
        throw error;
      }
      const found = info.toString('utf8', 0, tokenInfo.labelSize).trimEnd();
      return found === label ? [{ slot, info }] : [];
    });
    const [only, ...others] = slots;
    if (only === undefined || others.length > 0) {
      throw new Pkcs11Error('token_absent', `${slots.length} tokens have the label ${JSON.stringify(label)}`);
    }
    const session = Buffer.alloc(8);
    module.call('C_OpenSession', only.slot, CKF.rwSession | CKF.serialSession, null, null, session);
    const token = new Token(module, Number(session.readBigUInt64LE()));
    if ((Number(only.info.readBigUInt64LE(tokenInfo.flagsAt)) & CKF.loginRequired) !== 0) token.#logIn(pin);
    return token;
  }

  /** DER of the SubjectPublicKeyInfo that belongs to a private key. Throws Pkcs11Error, CryptokiError. */
  publicKey(location: KeyLocation): Buffer {
    const handle = this.#privateKey(location).handle;
    const type = this.#keyType(handle);
    if (type === CKK.rsa) {
      return rsaPublicKey(
        this.#read(handle, 'modulus'),
        this.#readEither(handle, location, 'publicExponent'),
      );
    }
    return curvePublicKey(
      this.#readEither(handle, location, 'ecParams'),
      this.#readEither(handle, location, 'ecPoint'),
    );
  }

  /** Makes a key pair whose private half never leaves the token. DER of the SubjectPublicKeyInfo. */
  generate(options: { readonly label: string; readonly id: string; readonly keyType: TokenKeyType }): Buffer {
    const { label, keyType } = options;
    const named: Attribute[] = [
      ['token', true],
      ['label', label],
      ['id', Buffer.from(options.id, 'hex')],
    ];
    const publicPart: Attribute[] = [...named, ['verify', true], ...parametersOf(keyType)];
    const privatePart: Attribute[] = [
      ...named,
      ['private', true],
      ['sensitive', true],
      ['extractable', false],
      ['sign', true],
      ['decrypt', false],
      ['unwrap', false],
      ['derive', false],
    ];
    const { foreign } = this.#module;
    const handles = [Buffer.alloc(8), Buffer.alloc(8)];
    withTemplate(foreign, publicPart, (publicTemplate, publicCount) =>
      withTemplate(foreign, privatePart, (privateTemplate, privateCount) =>
        this.#module.call(
          'C_GenerateKeyPair',
          this.#session,
          mechanism(generationMechanism(keyType)),
          publicTemplate,
          publicCount,
          privateTemplate,
          privateCount,
          handles[0],
          handles[1],
        ),
      ),
    );
    return this.publicKey({ token: '', id: options.id, object: label });
  }

  /** Signs what the key's mechanism takes. Throws Pkcs11Error, CryptokiError. */
  sign(location: KeyLocation, input: Uint8Array): Buffer {
    const key = this.#privateKey(location);
    this.#module.call('C_SignInit', this.#session, mechanism(key.mechanism), key.handle);
    const signature = Buffer.alloc(longestSignature);
    const length = ulong(longestSignature);
    this.#module.call('C_Sign', this.#session, Buffer.from(input), input.length, signature, length);
    return signature.subarray(0, Number(length.readBigUInt64LE()));
  }

  /** Removes both halves of a key. Throws Pkcs11Error, CryptokiError. */
  destroy(location: KeyLocation): void {
    this.#privateKey(location);
    this.#keys.clear();
    for (const kind of [CKO.privateKey, CKO.publicKey]) {
      for (const handle of this.#find(kind, location)) {
        this.#module.call('C_DestroyObject', this.#session, handle);
      }
    }
  }

  #logIn(pin: string): void {
    const octets = Buffer.from(pin);
    try {
      this.#module.call('C_Login', this.#session, CKU.user, octets, octets.length);
    } catch (error) {
      const done = error instanceof CryptokiError && error.returnValue === CKR.USER_ALREADY_LOGGED_IN;
      if (!done) throw error;
    } finally {
      octets.fill(0);
    }
  }

  #privateKey(location: KeyLocation): OpenKey {
    const name = `${location.id ?? ''}/${location.object ?? ''}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const [handle, ...others] = this.#find(CKO.privateKey, location);
    if (handle === undefined || others.length > 0) {
      throw new Pkcs11Error(
        'key_absent',
        `the token has ${others.length + (handle === undefined ? 0 : 1)} such private keys`,
      );
    }
    const key = { handle, mechanism: signatureMechanism(this.#keyType(handle)) };
    this.#keys.set(name, key);
    return key;
  }

  #find(kind: number, { object, id }: KeyLocation): number[] {
    const template: Attribute[] = [
      ['class', kind],
      ['token', true],
      ...(object === undefined ? [] : [['label', object] as const]),
      ...(id === undefined ? [] : [['id', Buffer.from(id, 'hex')] as const]),
    ];
    const found = Buffer.alloc(16);
    const count = Buffer.alloc(8);
    withTemplate(this.#module.foreign, template, (octets, length) =>
      this.#module.call('C_FindObjectsInit', this.#session, octets, length),
    );
    try {
      this.#module.call('C_FindObjects', this.#session, found, 2, count);
    } finally {
      this.#module.call('C_FindObjectsFinal', this.#session);
    }
    const handles = [found.readBigUInt64LE(0), found.readBigUInt64LE(8)];
    return handles.slice(0, Number(count.readBigUInt64LE())).map(Number);
  }

  #keyType(handle: number): number {
    return Number(this.#read(handle, 'keyType').readBigUInt64LE());
  }

  /** From the private key, else from the public one beside it: not every token keeps all of it with the private key. */
  #readEither(handle: number, location: KeyLocation, type: keyof typeof CKA): Buffer {
    try {
      const value = this.#read(handle, type);
      if (value.length > 0) return value;
    } catch (error) {
      if (!(error instanceof CryptokiError)) throw error;
    }
    const [publicKey] = this.#find(CKO.publicKey, location);
    if (publicKey === undefined) {
      throw new Pkcs11Error(
        'key_unsupported',
        'the token does not hold the public key beside the private one',
      );
    }
    return this.#read(publicKey, type);
  }

  #read(handle: number, type: keyof typeof CKA): Buffer {
    return readAttribute(this.#module.foreign, type, (template) =>
      this.#module.call('C_GetAttributeValue', this.#session, handle, template, 1),
    );
  }
}

/** The slots in which a token is. Throws CryptokiError. */
export function slotIds(module: CryptokiModule): number[] {
  const count = Buffer.alloc(8);
  module.call('C_GetSlotList', 1, null, count);
  // Between the two calls one more may have come.
  const capacity = Number(count.readBigUInt64LE()) + 8;
  const slots = Buffer.alloc(8 * capacity);
  count.writeBigUInt64LE(BigInt(capacity));
  module.call('C_GetSlotList', 1, slots, count);
  return Array.from({ length: Number(count.readBigUInt64LE()) }, (_, index) =>
    Number(slots.readBigUInt64LE(8 * index)),
  );
}

function parametersOf(keyType: TokenKeyType): Attribute[] {
  switch (keyType) {
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      return [
        ['modulusBits', Number(keyType.slice(4))],
        ['publicExponent', Buffer.from([1, 0, 1])],
      ];
    default:
      return [['ecParams', curveParameters(keyType)]];
  }
}

function generationMechanism(keyType: TokenKeyType): number {
  if (keyType === 'ed25519') return CKM.ecEdwardsKeyPairGen;
  return keyType.startsWith('rsa') ? CKM.rsaKeyPairGen : CKM.ecKeyPairGen;
}

function signatureMechanism(keyType: number): number {
  switch (keyType) {
    case CKK.rsa:
      return CKM.rsaPkcs;
    case CKK.ec:
      return CKM.ecdsa;
    case CKK.ecEdwards:
      return CKM.eddsa;
    default:
      throw new Pkcs11Error('key_unsupported', 'the token holds a key of a kind that does not sign here');
  }
}
