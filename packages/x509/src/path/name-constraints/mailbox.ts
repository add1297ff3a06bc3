import { DerReader } from '../../asn1/der-reader.ts';
import { TAG } from '../../asn1/tags.ts';
import { X509Error } from '../../errors.ts';
import { canonicalHost, isInDomain } from './dns.ts';

/** A mailbox taken apart: the local part without the quotes and backslashes that only write it, the host as {@link canonicalHost}. */
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
  if (localPart.startsWith('"')) return { localPart: unquoted(localPart), host };
  if (/^\.|\.$|\.\./.test(localPart)) return undefined;
  return { localPart, host };
}

/** RFC 5321 §4.1.2: what a quoted string stands for; `"f\oo"` is another way to write `foo`. */
function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
}

/** The text of the value of an otherName that is a SmtpUTF8Mailbox (RFC 9598 §3). Undefined if it is no UTF8String. */
export function smtpUtf8Mailbox(value: Buffer): string | undefined {
  try {
    const reader = new DerReader(value, 'SmtpUTF8Mailbox');
    const text = reader.string('', TAG.utf8String);
    reader.end();
    return text;
  } catch (cause) {
    if (cause instanceof X509Error) return undefined;
    throw cause;
  }
}

/** A constraint on mailboxes in one of the forms of RFC 5280 §4.2.1.10: one mailbox, a host, or a domain with a leading dot. */
export interface MailboxConstraint {
  readonly localPart: string | undefined;
  readonly host: string;
  /** Whether every host below counts, and the host itself does not. */
  readonly belowOnly: boolean;
}

/** Undefined if the constraint is malformed. The empty one holds every mailbox. */
export function mailboxConstraint(value: string): MailboxConstraint | undefined {
  if (value.includes('@')) {
    const mailbox = parseMailbox(value);
    return mailbox && { ...mailbox, belowOnly: false };
  }
  return hostConstraint(value);
}

/** A host, or with a leading dot all those below it; empty for every host. Constraints on URIs have this form as well. */
export function hostConstraint(value: string): MailboxConstraint | undefined {
  if (value === '') return { localPart: undefined, host: '', belowOnly: true };
  const belowOnly = value.startsWith('.');
  const host = canonicalHost(belowOnly ? value.slice(1) : value);
  return host === undefined ? undefined : { localPart: undefined, host, belowOnly };
}

/**
 * Whether the mailbox lies in the constraint (RFC 5280 §4.2.1.10, RFC 9549 §4, RFC 9598 §6). Local parts are compared octet by octet, hosts
 * as A-labels without regard to case.
 */
export function mailboxIsWithin(mailbox: Mailbox, limit: MailboxConstraint): boolean {
  if (limit.localPart !== undefined && limit.localPart !== mailbox.localPart) return false;
  return hostIsWithin(mailbox.host, limit);
}

/** Whether a host meets the host or domain of a constraint. */
export function hostIsWithin(host: string, limit: MailboxConstraint): boolean {
  if (!limit.belowOnly) return host === limit.host;
  return limit.host === '' || (host !== limit.host && isInDomain(host, limit.host));
}
