import { OID } from '../../asn1/oids.ts';
import type { GeneralName } from '../../names/general-name.ts';
import type { Name } from '../../names/name.ts';
import { shortened } from '../failure.ts';
import { dnsConstraint, dnsIsWithin, dnsTouches, type PresentedDns, presentedDns } from './dns.ts';
import { ipIsWithin, isIpConstraint } from './ip.ts';
import {
  hostConstraint,
  hostIsWithin,
  type Mailbox,
  mailboxConstraint,
  mailboxIsWithin,
  parseMailbox,
  smtpUtf8Mailbox,
} from './mailbox.ts';
import { uriHost } from './uri.ts';

/** The name forms that constraints can speak of; a SmtpUTF8Mailbox is an `email` (RFC 9598 §6). */
export type ConstrainedForm = 'dns' | 'email' | 'uri' | 'ip' | 'directory' | 'unsupported';

/** A name taken apart once for comparing it with many constraints; `value` is undefined if it is malformed. */
export interface PreparedName {
  readonly form: ConstrainedForm;
  readonly value: unknown;
}

/** A constraint taken apart once for comparing it with many names, each of the constraint's own form. */
export interface PreparedConstraint {
  /** Whether the name lies wholly in the permitted subtree. A malformed name lies in none. */
  isWithin(name: PreparedName): boolean;
  /** Whether the name touches the excluded subtree. A malformed name touches each. */
  touches(name: PreparedName): boolean;
}

export function prepareName(name: GeneralName): PreparedName {
  switch (name.type) {
    case 'dns':
      return { form: 'dns', value: presentedDns(name.value) };
    case 'email':
      return { form: 'email', value: parseMailbox(name.value) };
    case 'uri':
      return { form: 'uri', value: uriHost(name.value) };
    case 'ip':
      return { form: 'ip', value: name.bytes };
    case 'directory':
      return { form: 'directory', value: name.name.wellFormed ? name.name : undefined };
    case 'other': {
      if (name.oid !== OID.smtpUtf8Mailbox) return { form: 'unsupported', value: undefined };
      const text = smtpUtf8Mailbox(name.value);
      return { form: 'email', value: text === undefined ? undefined : parseMailbox(text) };
    }
    default:
      return { form: 'unsupported', value: undefined };
  }
}

/** What the base of a subtree constrains. An otherName is not a form of its own, so that any constraint on one is on all. */
export function formOfBase(base: GeneralName): ConstrainedForm {
  return base.type === 'other' ||
    base.type === 'registered-id' ||
    base.type === 'x400' ||
    base.type === 'edi-party'
    ? 'unsupported'
    : base.type;
}

/** Undefined if the constraint is malformed or of a form that is not supported. */
export function prepareConstraint(base: GeneralName): PreparedConstraint | undefined {
  switch (base.type) {
    case 'dns': {
      const limit = dnsConstraint(base.value);
      return (
        limit &&
        comparing<PresentedDns>(
          (name) => dnsIsWithin(name, limit),
          (name) => dnsTouches(name, limit),
        )
      );
    }
    case 'email': {
      const limit = mailboxConstraint(base.value);
      return limit && comparing<Mailbox>((mailbox) => mailboxIsWithin(mailbox, limit));
    }
    case 'uri': {
      const limit = hostConstraint(base.value);
      return limit && comparing<string>((host) => hostIsWithin(host, limit));
    }
    case 'ip':
      return isIpConstraint(base.bytes)
        ? comparing<Buffer>((bytes) => ipIsWithin(bytes, base.bytes))
        : undefined;
    case 'directory':
      return base.name.wellFormed ? comparing<Name>((name) => name.isWithin(base.name)) : undefined;
    default:
      return undefined;
  }
}

function comparing<T>(isWithin: (value: T) => boolean, touches = isWithin): PreparedConstraint {
  return {
    isWithin: ({ value }) => value !== undefined && isWithin(value as T),
    touches: ({ value }) => value === undefined || touches(value as T),
  };
}

/** A name for a person, cut off where it is absurdly long. */
export function describe(name: GeneralName): string {
  switch (name.type) {
    case 'directory':
      return shortened(`directory:${name.name}`);
    case 'other':
    case 'registered-id':
      return `${name.type}:${name.oid}`;
    case 'x400':
    case 'edi-party':
      return name.type;
    default:
      return shortened(`${name.type}:${name.value}`);
  }
}
