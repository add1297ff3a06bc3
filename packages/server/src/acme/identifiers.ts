import { isAscii } from 'node:buffer';
import { formatIp, parseIp } from '@mortise/x509';
import { AcmeError, malformed } from './acme-error.ts';
import type { Identifier } from './records.ts';

/** How many identifiers an order has at most: as many as a certificate. */
export const maximumIdentifiers = 100;

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const dnsName = new RegExp(`^(?=.{1,253}$)(\\*\\.)?${label}(\\.${label})*$`);
/** What ends in a number is an address to whoever reads it in a URL (https://url.spec.whatwg.org/#ends-in-a-number-checker). */
const endsInNumber = /(^|\.)(\d+|0x[0-9a-f]*)$/;

/** The identifiers of an order, without repetitions. Throws AcmeError; with a subproblem for each one that is refused. */
export function readIdentifiers(value: unknown): Identifier[] {
  if (!Array.isArray(value) || value.length === 0) throw malformed('identifiers is a list of at least one.');
  if (value.length > maximumIdentifiers) {
    throw new AcmeError(
      'rejectedIdentifier',
      `A certificate holds at most ${maximumIdentifiers} identifiers.`,
    );
  }
  const read = value.map((one) => readIdentifier(one));
  const failures = read.flatMap((one) => ('failure' in one ? [one] : []));
  const [first] = failures;
  if (first !== undefined) {
    const type = failures.every(({ failure }) => failure.type === first.failure.type)
      ? first.failure.type
      : 'rejectedIdentifier';
    const subproblems = failures.map(({ failure, identifier }) => ({ ...failure, identifier }));
    throw new AcmeError(type, first.failure.detail, { subproblems });
  }
  const identifiers = read.flatMap((one) => ('failure' in one ? [] : [one]));
  return identifiers.filter(
    (one, index) => identifiers.findIndex((other) => sameIdentifier(one, other)) === index,
  );
}

export function sameIdentifier(one: Identifier, other: Identifier): boolean {
  return one.type === other.type && one.value === other.value;
}

/** `dns:…` or `ip:…`. */
export function identifierText({ type, value }: Identifier): string {
  return `${type}:${value}`;
}

/** The identifier that is proven, and whether for its wildcard. */
export function authorizedIdentifier(identifier: Identifier): { identifier: Identifier; wildcard: boolean } {
  if (!identifier.value.startsWith('*.')) return { identifier, wildcard: false };
  return { identifier: { type: identifier.type, value: identifier.value.slice(2) }, wildcard: true };
}

interface Refused {
  readonly identifier: Identifier;
  readonly failure: {
    readonly type: 'unsupportedIdentifier' | 'rejectedIdentifier';
    readonly detail: string;
  };
}

function readIdentifier(value: unknown): Identifier | Refused {
  const { type, value: text } = (typeof value === 'object' && value !== null ? value : {}) as {
    type?: unknown;
    value?: unknown;
  };
  if (typeof type !== 'string' || typeof text !== 'string') {
    throw malformed('An identifier has a type and a value.');
  }
  const identifier = { type: type.slice(0, 64), value: text.slice(0, 255) } as Identifier;
  if (type === 'ip') {
    // RFC 8738 §3: the textual forms of RFC 1123 and RFC 5952, so no brackets.
    const address = text.startsWith('[') ? undefined : parseIp(text);
    if (address !== undefined) return { type: 'ip', value: formatIp(address) };
    return { identifier, failure: { type: 'rejectedIdentifier', detail: 'It is not an address.' } };
  }
  if (type !== 'dns') {
    const detail = 'Identifiers are of the type dns or ip.';
    return { identifier, failure: { type: 'unsupportedIdentifier', detail } };
  }
  const lower = text.toLowerCase();
  // Some letters beyond ASCII become letters of ASCII in lower case.
  if (!isAscii(Buffer.from(text)) || !dnsName.test(lower) || endsInNumber.test(lower)) {
    return { identifier, failure: { type: 'rejectedIdentifier', detail: 'It is not a DNS name.' } };
  }
  return { type: 'dns', value: lower };
}
