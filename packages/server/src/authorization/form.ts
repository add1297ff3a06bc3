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
}

/** Those that come at most once. */
const single = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion_type',
  'client_assertion',
  'scope',
  'token',
  'token_type_hint',
] as const;

const placeOf = new Map<string, number>(single.map((name, place) => [name, place]));

export const maximumBodyBytes = 65_536;
const maximumParameters = 100;
const outsideForm = /[^\x20-\x7e]/;

/**
 * Reads an `application/x-www-form-urlencoded` body (RFC 6749 appendix B): octets outside printable ASCII, bad
 * percent-encoding, what is not UTF-8 when decoded, NUL and repeated parameters are refused. Unknown parameters are ignored.
 */
export function parseForm(body: Buffer): Form | Refused {
  if (body.length > maximumBodyBytes) {
    return refuse({ code: 'body_too_large', bytes: body.length, limitBytes: maximumBodyBytes });
  }
  const text = body.toString('latin1');
  if (outsideForm.test(text)) return refuse({ code: 'body_malformed', problem: 'character' });
  const resources: string[] = [];
  const values: (string | undefined)[] = single.map(() => undefined);
  let seen: Set<string> | undefined;
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
      const place = placeOf.get(name);
      if (place !== undefined) {
        if (values[place] !== undefined) return refuse({ code: 'parameter_repeated', parameter: name });
        values[place] = value;
      } else if (name === 'resource') {
        if (value !== '') resources.push(value);
      } else {
        seen ??= new Set();
        if (seen.has(name)) return refuse({ code: 'parameter_repeated', parameter: 'unrecognised' });
        seen.add(name);
      }
    }
    start = end + 1;
  }
  return formOf(values, resources);
}

/** Of values in the order of `single`. A parameter without a value is left out only now, so that its repetition was seen. */
function formOf(values: readonly (string | undefined)[], resource: readonly string[]): Form {
  return {
    grantType: values[0] || undefined,
    clientId: values[1] || undefined,
    clientSecret: values[2] || undefined,
    clientAssertionType: values[3] || undefined,
    clientAssertion: values[4] || undefined,
    scope: values[5] || undefined,
    resource,
    token: values[6] || undefined,
    tokenTypeHint: values[7] || undefined,
  };
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

const knownParameters: readonly string[] = [...single, 'resource'];

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
