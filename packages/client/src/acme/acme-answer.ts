import { ClientError } from '../errors.ts';
import { type BoundedAnswer, jsonObject } from '../transport/bounded-request.ts';

/** A whole answer of the ACME server. */
export type AcmeAnswer = BoundedAnswer;

/** The document of an answer, with typed access to what it must hold. */
export class AcmeDocument {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #url: string;

  /** Throws `server_response_invalid` for anything but a JSON object. */
  constructor(text: string, url: string) {
    const members = jsonObject(text);
    if (members === undefined) throw invalid(url, 'is no JSON object');
    this.#members = members;
    this.#url = url;
  }

  get(name: string): unknown {
    return this.#members[name];
  }

  text(name: string): string {
    const value = this.#members[name];
    if (typeof value !== 'string') throw invalid(this.#url, `has no "${name}"`);
    return value;
  }

  url(name: string): string {
    return httpsUrl(this.#members[name], `"${name}"`, this.#url);
  }

  urls(name: string): string[] {
    const list = this.#members[name];
    if (!Array.isArray(list) || list.length > 1000) throw invalid(this.#url, `has no list "${name}"`);
    return list.map((one) => httpsUrl(one, `"${name}"`, this.#url));
  }
}

/** A URL that the server names: https, as everything of it. Throws `server_response_invalid`. */
export function httpsUrl(value: unknown, what: string, from: string): string {
  if (typeof value === 'string' && URL.parse(value)?.protocol === 'https:') return value;
  throw invalid(from, `has no ${what} with https`);
}

function invalid(url: string, why: string): ClientError {
  return new ClientError('server_response_invalid', `the answer of ${url} ${why}`);
}
