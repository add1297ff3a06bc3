import { DerReader } from '../../asn1/der-reader.ts';
import { TAG } from '../../asn1/tags.ts';
import { canonicalHost, isInDomain } from './dns.ts';

/** A mailbox taken apart: the local part as it stands, the host as {@link canonicalHost}. */
export interface Mailbox {
  readonly localPart: string;
  readonly host: string;
}

const DOT_ATOM = /^[^\s"(),:;<>@[\\\]]+$/;
const QUOTED = /^"(?:[^"\\]|\\.)*"$/;

/** Parses `local@host` (RFC 5321 Mailbox, RFC 6531 for SmtpUTF8Mailbox). Undefined if it is malformed or its host is an address literal. */
export function parseMailbox(text: string): Mailbox | undefined {
  const at = text.lastIndexOf('@');
  if (at < 1) return undefined;
  const localPart = text.slice(0, at);
  const host = canonicalHost(text.slice(at + 1));
  if (host === undefined || !(DOT_ATOM.test(localPart) || QUOTED.test(localPart))) return undefined;
  if (!localPart.startsWith('"') && /^\.|\.$|\.\./.test(localPart)) return undefined;
  return { localPart, host };
}

/** The text of the value of an otherName that is a SmtpUTF8Mailbox (RFC 9598 §3). Undefined if it is no UTF8String. */
export function smtpUtf8Mailbox(value: Buffer): string | undefined {
  try {
    const reader = new DerReader(value, 'SmtpUTF8Mailbox');
    const text = reader.string('', TAG.utf8String);
    reader.end();
    return text;
  } catch {
    return undefined;
  }
}

/** Whether the constraint is of a form of RFC 5280 §4.2.1.10: a mailbox, a host, or a domain with a leading dot. */
export function isMailboxConstraint(constraint: string): boolean {
  if (constraint === '') return true;
  if (constraint.includes('@')) return parseMailbox(constraint) !== undefined;
  return canonicalHost(constraint.startsWith('.') ? constraint.slice(1) : constraint) !== undefined;
}

/**
 * Whether the mailbox lies in the constraint (RFC 5280 §4.2.1.10, RFC 9549 §4, RFC 9598 §6). Local parts are compared octet by octet, hosts
 * as A-labels without regard to case.
 */
export function mailboxIsWithin(mailbox: Mailbox, constraint: string): boolean {
  if (constraint === '') return true;
  if (constraint.includes('@')) {
    const limit = parseMailbox(constraint);
    return limit !== undefined && limit.localPart === mailbox.localPart && limit.host === mailbox.host;
  }
  if (constraint.startsWith('.')) {
    const domain = canonicalHost(constraint.slice(1));
    return domain !== undefined && mailbox.host !== domain && isInDomain(mailbox.host, domain);
  }
  return canonicalHost(constraint) === mailbox.host;
}
