import { Refused, refuse } from './refusal.ts';

/** The form parameters that any endpoint here understands. A parameter sent without a value counts as omitted (RFC 6749 §3.2). */
export interface Form {
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly clientAssertionType: string | undefined;
  readonly clientAssertion: string | undefined;
  readonly scope: string | undefined;
  /** RFC 8707 §2: the only one that may be repeated. */
  readonly resource: readonly string[];
  readonly token: string | undefined;
  readonly tokenTypeHint: string | undefined;
  /** Whether there were parameters that are none of these. */
  readonly unrecognised: boolean;
}

const members = {
  grant_type: 'grantType',
  client_id: 'clientId',
  client_secret: 'clientSecret',
  client_assertion_type: 'clientAssertionType',
  client_assertion: 'clientAssertion',
  scope: 'scope',
  token: 'token',
  token_type_hint: 'tokenTypeHint',
} as const satisfies Record<string, keyof Form>;

const memberOf = new Map<string, (typeof members)[keyof typeof members]>(Object.entries(members));

export const maximumBodyBytes = 65_536;
const maximumParameters = 100;
const outsideForm = /[^\x20-\x7e]/;

/**
 * Reads an `application/x-www-form-urlencoded` body (RFC 6749 appendix B), given as text of one character an octet: octets outside
 * printable ASCII, bad percent-encoding, what is not UTF-8 when decoded, NUL and repeated parameters are refused. Unknown parameters
 * are ignored.
 */
export function parseForm(text: string): Form | Refused {
  if (text.length > maximumBodyBytes) {
    return refuse({ code: 'body_too_large', bytes: text.length, limitBytes: maximumBodyBytes });
  }
  if (outsideForm.test(text)) return refuse({ code: 'body_malformed', problem: 'character' });
  const resources: string[] = [];
  const form: { -readonly [Member in keyof Form]: Form[Member] } = {
    grantType: undefined,
    clientId: undefined,
    clientSecret: undefined,
    clientAssertionType: undefined,
    clientAssertion: undefined,
    scope: undefined,
    resource: resources,
    token: undefined,
    tokenTypeHint: undefined,
    unrecognised: false,
  };
  let seen: Set<string> | undefined;
  let empty = 0;
  let count = 0;
  for (let start = 0; start <= text.length; ) {
    let end = text.indexOf('&', start);
    if (end === -1) end = text.length;
    if (end > start) {
      count += 1;
      if (count > maximumParameters)
        return refuse({ code: 'body_malformed', problem: 'too_many_parameters' });
      const equals = text.indexOf('=', start);
      const nameEnd = equals === -1 || equals > end ? end : equals;
      const name = decodeComponent(text.slice(start, nameEnd));
      if (name instanceof Refused) return name;
      const value = nameEnd === end ? '' : decodeComponent(text.slice(nameEnd + 1, end));
      if (value instanceof Refused) return value;
      const member = memberOf.get(name);
      if (member !== undefined) {
        if (form[member] !== undefined) return refuse({ code: 'parameter_repeated', parameter: name });
        form[member] = value;
        if (value === '') empty += 1;
      } else if (name === 'resource') {
        if (value !== '') resources.push(value);
      } else {
        seen ??= new Set();
        if (seen.has(name)) return refuse({ code: 'parameter_repeated', parameter: 'unrecognised' });
        seen.add(name);
        form.unrecognised = true;
      }
    }
    start = end + 1;
  }
  // Afterwards, so that a parameter that is repeated without a value is still seen to be repeated.
  if (empty > 0) for (const member of memberOf.values()) if (form[member] === '') form[member] = undefined;
  return form;
}

/** Decodes one name or value of the form encoding. */
export function decodeComponent(encoded: string): string | Refused {
  let decoded = encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  if (!decoded.includes('%')) return decoded;
  try {
    decoded = decodeURIComponent(decoded);
  } catch {
    return refuse({ code: 'body_malformed', problem: 'percent_encoding' });
  }
  return decoded.includes('\0') ? refuse({ code: 'body_malformed', problem: 'nul' }) : decoded;
}

const knownParameters = [...memberOf.keys(), 'resource'];

/** The first of our parameters in the query of a path, where none may be (RFC 6749 §2.3.1: it ends up in logs). */
export function parameterInQuery(path: string): string | undefined {
  const query = path.indexOf('?');
  if (query === -1) return undefined;
  const names = path
    .slice(query + 1)
    .split('&')
    .map((parameter) => {
      const name = decodeComponent(parameter.split('=', 1)[0]!);
      return name instanceof Refused ? '' : name;
    });
  return knownParameters.find((parameter) => names.includes(parameter));
}
