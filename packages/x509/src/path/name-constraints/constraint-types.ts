import { OID } from '../../asn1/oids.ts';
import type { GeneralName } from '../../names/general-name.ts';
import { dnsConstraint, dnsIsWithin, dnsTouches } from './dns.ts';
import { ipIsWithin, isIpConstraint } from './ip.ts';
import { isMailboxConstraint, mailboxIsWithin, parseMailbox, smtpUtf8Mailbox } from './mailbox.ts';
import { isUriConstraint, uriHost, uriHostIsWithin } from './uri.ts';

/** The name forms that constraints can speak of; a SmtpUTF8Mailbox is an `email` (RFC 9598 §6). */
export type ConstrainedForm = 'dns' | 'email' | 'uri' | 'ip' | 'directory' | 'unsupported';

/** What the name `base` of a subtree constrains. */
export function formOf(name: GeneralName): ConstrainedForm {
  switch (name.type) {
    case 'dns':
    case 'email':
    case 'uri':
    case 'ip':
    case 'directory':
      return name.type;
    case 'other':
      return name.oid === OID.smtpUtf8Mailbox ? 'email' : 'unsupported';
    default:
      return 'unsupported';
  }
}

/** Whether a constraint is one that means something (RFC 5280 §4.2.1.10). */
export function isWellFormed(base: GeneralName): boolean {
  switch (base.type) {
    case 'dns':
      return dnsConstraint(base.value) !== undefined;
    case 'email':
      return isMailboxConstraint(base.value);
    case 'uri':
      return isUriConstraint(base.value);
    case 'ip':
      return isIpConstraint(base.bytes);
    case 'directory':
      return true;
    default:
      return false;
  }
}

/** Whether the name, of the same form as `base`, lies wholly in the permitted subtree. A malformed name lies in none. */
export function isWithin(name: GeneralName, base: GeneralName): boolean {
  switch (base.type) {
    case 'dns':
      return name.type === 'dns' && dnsIsWithin(name.value, base.value);
    case 'email': {
      const mailbox = mailboxOf(name);
      return mailbox !== undefined && mailboxIsWithin(mailbox, base.value);
    }
    case 'uri': {
      const host = name.type === 'uri' ? uriHost(name.value) : undefined;
      return host !== undefined && uriHostIsWithin(host, base.value);
    }
    case 'ip':
      return name.type === 'ip' && ipIsWithin(name.bytes, base.bytes);
    case 'directory':
      return name.type === 'directory' && name.name.isWithin(base.name);
    default:
      return false;
  }
}

/** Whether the name, of the same form as `base`, touches the excluded subtree. A malformed name touches each. */
export function touches(name: GeneralName, base: GeneralName): boolean {
  switch (base.type) {
    case 'dns':
      return name.type === 'dns' && dnsTouches(name.value, base.value);
    case 'email': {
      const mailbox = mailboxOf(name);
      return mailbox === undefined || mailboxIsWithin(mailbox, base.value);
    }
    case 'uri': {
      const host = name.type === 'uri' ? uriHost(name.value) : undefined;
      return host === undefined || uriHostIsWithin(host, base.value);
    }
    case 'ip':
      return name.type === 'ip' && ipIsWithin(name.bytes, base.bytes);
    case 'directory':
      return name.type === 'directory' && name.name.isWithin(base.name);
    default:
      return true;
  }
}

function mailboxOf(name: GeneralName): ReturnType<typeof parseMailbox> {
  if (name.type === 'email') return parseMailbox(name.value);
  const text = name.type === 'other' ? smtpUtf8Mailbox(name.value) : undefined;
  return text === undefined ? undefined : parseMailbox(text);
}

/** A name for a person. */
export function describe(name: GeneralName): string {
  switch (name.type) {
    case 'directory':
      return `directory:${name.name.normalized.trimEnd().replaceAll('\n', ', ')}`;
    case 'other':
    case 'registered-id':
      return `${name.type}:${name.oid}`;
    case 'x400':
    case 'edi-party':
      return name.type;
    default:
      return `${name.type}:${name.value}`;
  }
}
