import type { Pkcs11ErrorCode } from './pkcs11-error.ts';
import type { KeyLocation } from './pkcs11-uri.ts';
import type { TokenKeyType } from './public-keys.ts';

/** What is asked of the process that has the module loaded. */
export type TokenRequest =
  | { readonly act: 'publicKey'; readonly key: KeyLocation }
  | {
      readonly act: 'generate';
      readonly token: string;
      readonly label: string;
      /** CKA_ID, hexadecimal. */
      readonly id: string;
      readonly keyType: TokenKeyType;
    }
  /** `input` is what the mechanism signs: a digest for ECDSA, a DigestInfo for RSA, the message for EdDSA. */
  | { readonly act: 'sign'; readonly key: KeyLocation; readonly input: Uint8Array }
  | { readonly act: 'destroy'; readonly key: KeyLocation };

/** One message to the process. The PIN travels with each, over a pipe that only these two hold; it is stored nowhere. */
export interface TokenMessage {
  readonly number: number;
  readonly module: string;
  readonly pin: string;
  readonly request: TokenRequest;
}

export interface TokenAnswer {
  readonly number: number;
  /** The public key as DER, or the signature as PKCS #11 gives it. */
  readonly value?: Uint8Array;
  readonly error?: { readonly code: Pkcs11ErrorCode; readonly message: string };
}
