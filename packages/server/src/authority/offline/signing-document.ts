import { Certificate, X509Error } from '@mortise/x509';
import { AuthorityError, type AuthorityErrorCode } from '../authority-error.ts';

type Members = Readonly<Record<string, unknown>>;

/** Reads the files that travel between a server and the key of a root. Every method throws AuthorityError, which says what is wrong with the file. */
export class SigningDocument {
  readonly #code: AuthorityErrorCode;
  readonly #what: string;

  /** `what`: what the file should be, as in `not a request for a CRL`. */
  constructor(code: AuthorityErrorCode, what: string) {
    this.#code = code;
    this.#what = what;
  }

  parse(text: string): Members {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.invalid('it is no JSON');
    }
    return this.object(value, 'it');
  }

  object(value: unknown, what: string): Members {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
    throw this.invalid(`${what} is no object`);
  }

  string(value: unknown, member: string): string {
    if (typeof value === 'string' && value !== '') return value;
    throw this.invalid(`"${member}" is no text`);
  }

  /** A whole number above 0. */
  whole(value: unknown, member: string): number {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    throw this.invalid(`"${member}" is no whole number above 0`);
  }

  /** In PEM. */
  certificate(value: unknown, member: string): Certificate {
    const pem = this.string(value, member);
    try {
      return Certificate.parse(pem);
    } catch (error) {
      if (error instanceof X509Error) throw this.invalid(`"${member}" is no certificate: ${error.message}`);
      throw error;
    }
  }

  invalid(why: string): AuthorityError {
    return new AuthorityError(this.#code, `not ${this.#what}: ${why}`);
  }
}
