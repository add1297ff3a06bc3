import { ulong } from './attributes.ts';
import { CryptokiModule } from './cryptoki-module.ts';
import { CKF, CKR, CryptokiError } from './cryptoki-values.ts';
import { Pkcs11Error } from './pkcs11-error.ts';
import type { TokenRequest } from './protocol.ts';
import { Token } from './token.ts';

/** After these nothing is wrong but the request, and the session goes on. */
const sessionGoesOn: readonly number[] = [
  CKR.MECHANISM_INVALID,
  CKR.MECHANISM_PARAM_INVALID,
  CKR.ATTRIBUTE_VALUE_INVALID,
  CKR.DOMAIN_PARAMS_INVALID,
  CKR.CURVE_NOT_SUPPORTED,
  CKR.KEY_TYPE_INCONSISTENT,
  CKR.KEY_FUNCTION_NOT_PERMITTED,
];

/**
 * The tokens of one module, each with its session. Whatever goes wrong with a session, the module is begun anew and the
 * request is done once more, but for a PIN: that is tried once.
 */
export class Tokens {
  readonly #module: CryptokiModule;
  #tokens: Map<string, Token> | undefined;

  /** Throws Pkcs11Error `module_unusable`. */
  constructor(path: string) {
    this.#module = CryptokiModule.load(path);
  }

  /** What was asked for; nothing for `destroy`. Throws Pkcs11Error. */
  do(request: TokenRequest, pin: string): Buffer | undefined {
    try {
      return this.#once(request, pin);
    } catch (error) {
      if (!this.#mayHelpToBeginAnew(error)) throw explained(error);
    }
    this.#end();
    try {
      return this.#once(request, pin);
    } catch (error) {
      this.#end();
      throw explained(error);
    }
  }

  #once(request: TokenRequest, pin: string): Buffer | undefined {
    const token = this.#token('key' in request ? request.key.token : request.token, pin);
    switch (request.act) {
      case 'publicKey':
        return token.publicKey(request.key);
      case 'generate':
        return token.generate(request);
      case 'sign':
        return token.sign(request.key, request.input);
      case 'destroy':
        token.destroy(request.key);
        return undefined;
    }
  }

  #token(label: string, pin: string): Token {
    this.#tokens ??= this.#begin();
    const known = this.#tokens.get(label);
    if (known !== undefined) return known;
    const token = Token.open(this.#module, label, pin);
    this.#tokens.set(label, token);
    return token;
  }

  #begin(): Map<string, Token> {
    // CK_C_INITIALIZE_ARGS: four callbacks, the flags, a reserved pointer.
    const options = Buffer.alloc(48);
    ulong(CKF.osLockingOk).copy(options, 32);
    try {
      this.#module.call('C_Initialize', options);
    } catch (error) {
      const begun = error instanceof CryptokiError && error.returnValue === CKR.CRYPTOKI_ALREADY_INITIALIZED;
      if (!begun) throw error;
    }
    return new Map();
  }

  #end(): void {
    this.#tokens = undefined;
    try {
      this.#module.call('C_Finalize', null);
    } catch (error) {
      // It may have lost its state by itself, which is what is wanted.
      if (!(error instanceof CryptokiError)) throw error;
    }
  }

  #mayHelpToBeginAnew(error: unknown): boolean {
    if (error instanceof Pkcs11Error) return error.code === 'token_absent' || error.code === 'key_absent';
    if (!(error instanceof CryptokiError)) return false;
    return !isPin(error) && !sessionGoesOn.includes(error.returnValue);
  }
}

function isPin({ returnValue }: CryptokiError): boolean {
  return returnValue >= CKR.PIN_INCORRECT && returnValue <= CKR.PIN_LOCKED;
}

function explained(error: unknown): unknown {
  if (!(error instanceof CryptokiError)) return error;
  const { returnValue, message } = error;
  if (returnValue === CKR.PIN_LOCKED) return new Pkcs11Error('pin_locked', 'the token has locked its PIN');
  if (isPin(error)) return new Pkcs11Error('pin_incorrect', `the token refuses the PIN (${message})`);
  if (sessionGoesOn.includes(returnValue)) return new Pkcs11Error('key_unsupported', message);
  return new Pkcs11Error('token_failed', message);
}
