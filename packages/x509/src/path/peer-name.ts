import { OID } from '../asn1/oids.ts';
import type { Certificate } from '../certificates/certificate.ts';
import type { GeneralName } from '../names/general-name.ts';
import { parseIp } from '../names/ip-address.ts';
import type { Report } from './failure.ts';
import { describe } from './name-constraints/constraint-forms.ts';
import { canonicalHost, presentedDns } from './name-constraints/dns.ts';
import { parseMailbox, smtpUtf8Mailbox } from './name-constraints/mailbox.ts';

/** The name under which a peer was looked for. */
export interface PeerName {
  readonly type: 'dns' | 'ip' | 'uri' | 'email';
  /** U-labels or A-labels for a host; an address in any textual form. */
  readonly value: string;
}

const MAX_SHOWN = 16;

/**
 * The leaf's subjectAltName holds the name that was asked for (RFC 9525 §6, RFC 5280 §4.2.1.6). The common name never counts.
 *
 * Of a dNSName, a `*` that is the whole left-most label stands for one label, with at least two labels after it. Addresses are compared as octets,
 * mailboxes with their hosts as A-labels, URIs with scheme and host in lower case.
 */
export function checkPeerName(certificate: Certificate, wanted: PeerName, report: Report): void {
  const names = certificate.subjectAltName ?? [];
  const matches = matcher(wanted);
  if (matches !== undefined && names.some(matches)) return;
  const message =
    matches === undefined
      ? 'the name that was asked for is no name of its type'
      : 'the certificate does not hold the name';
  const presented = names.slice(0, MAX_SHOWN).map(describe);
  if (names.length > MAX_SHOWN) presented.push(`and ${names.length - MAX_SHOWN} more`);
  report('name_mismatch', 'RFC 9525 §6', message, {
    wanted: `${wanted.type}:${wanted.value}`,
    presented: presented.join(', '),
  });
}

function matcher(wanted: PeerName): ((name: GeneralName) => boolean) | undefined {
  switch (wanted.type) {
    case 'dns':
      return dnsMatcher(wanted.value);
    case 'ip':
      return ipMatcher(wanted.value);
    case 'email':
      return mailboxMatcher(wanted.value);
    case 'uri': {
      const uri = canonicalUri(wanted.value);
      return uri === undefined
        ? undefined
        : (name) => name.type === 'uri' && canonicalUri(name.value) === uri;
    }
  }
}

function ipMatcher(value: string): ((name: GeneralName) => boolean) | undefined {
  const address = parseIp(value);
  return address && ((name) => name.type === 'ip' && name.bytes.equals(address));
}

/** An address where a host is due is compared with addresses alone, as everybody who follows a URL does. */
function dnsMatcher(value: string): ((name: GeneralName) => boolean) | undefined {
  if (parseIp(value) !== undefined) return ipMatcher(value);
  const host = canonicalHost(value.endsWith('.') ? value.slice(0, -1) : value);
  if (host === undefined) return undefined;
  const parent = host.slice(host.indexOf('.') + 1);
  return (name) => {
    if (name.type !== 'dns') return false;
    const presented = presentedDns(name.value);
    if (presented === undefined) return false;
    if (!presented.wildcard) return presented.host === host;
    return presented.host.includes('.') && host !== parent && presented.host === parent;
  };
}

function mailboxMatcher(value: string): ((name: GeneralName) => boolean) | undefined {
  const wanted = parseMailbox(value);
  if (wanted === undefined) return undefined;
  return (name) => {
    let text: string | undefined;
    if (name.type === 'email') text = name.value;
    else if (name.type === 'other' && name.oid === OID.smtpUtf8Mailbox) text = smtpUtf8Mailbox(name.value);
    const mailbox = text === undefined ? undefined : parseMailbox(text);
    return mailbox !== undefined && mailbox.localPart === wanted.localPart && mailbox.host === wanted.host;
  };
}

/** RFC 3986 §6.2.2.1: scheme and host in lower case, the rest as it stands. Undefined without a scheme. */
function canonicalUri(uri: string): string | undefined {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*:)(?:(\/\/)((?:[^/?#@]*@)?)([^/?#@]*))?(.*)$/s.exec(uri);
  if (match === null) return undefined;
  const [, scheme = '', slashes = '', user = '', host = '', rest = ''] = match;
  return scheme.toLowerCase() + slashes + user + host.toLowerCase() + rest;
}
