import { OID } from '../asn1/oids.ts';
import type { GeneralName } from '../names/general-name.ts';
import { parseIp } from '../names/ip-address.ts';
import type { Lint } from './lint.ts';
import type { LintContext } from './lint-context.ts';

const EMAIL =
  /^[^\s@<>()[\],;:\\"]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const LABEL = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)$/;

function isHost(host: string): boolean {
  if (parseIp(host) !== undefined) return true;
  const labels = host.replace(/^\*\./, '').replace(/\.$/, '').split('.');
  return labels.length > 1 && labels.every((label) => label.length <= 63 && LABEL.test(label));
}

/** The host of a URI with an authority; undefined if there is no authority. */
function uriHost(uri: string): string | undefined {
  const match = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)/.exec(uri);
  return match?.[1];
}

const EXTENSIONS = ['subjectAltName', 'issuerAltName'] as const;

function forEachName(wrong: (name: GeneralName) => string | undefined): Lint['check'] {
  return (context: LintContext) => {
    const found: string[] = [];
    for (const extension of EXTENSIONS) {
      for (const name of context[extension] ?? []) {
        const text = wrong(name);
        if (text !== undefined) found.push(`${extension}: ${text}`);
      }
    }
    return found;
  };
}

/** subjectAltName and issuerAltName, by RFC 5280 §4.2.1.6. */
export const ALT_NAME_LINTS: readonly Lint[] = [
  {
    code: 'general_name_empty',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6',
    check: forEachName((name) =>
      'value' in name && name.value.length === 0 ? 'a name is empty' : undefined,
    ),
  },
  {
    code: 'dns_name_blank',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6',
    check: forEachName((name) =>
      name.type === 'dns' && name.value === ' ' ? 'a dNSName is a space' : undefined,
    ),
  },
  {
    code: 'email_name_invalid',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6',
    check: forEachName((name) =>
      name.type === 'email' && name.value !== '' && !EMAIL.test(name.value)
        ? 'an rfc822Name is no mailbox'
        : undefined,
    ),
  },
  {
    code: 'uri_relative',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6',
    check: forEachName((name) =>
      name.type === 'uri' && name.value !== '' && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(name.value)
        ? 'a URI is relative'
        : undefined,
    ),
  },
  {
    code: 'uri_invalid',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6, RFC 3986',
    check: forEachName((name) => {
      if (name.type !== 'uri' || !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(name.value)) return undefined;
      const rest = name.value.slice(name.value.indexOf(':') + 1);
      if (rest === '' || rest === '//' || /[\s<>"{}|\\^`\u0000-\u001f]/.test(rest))
        return 'a URI has no valid form';
      return /%(?![0-9A-Fa-f]{2})/.test(rest) ? 'a URI has a bad escape' : undefined;
    }),
  },
  {
    code: 'uri_host_invalid',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6',
    check: forEachName((name) => {
      const host = name.type === 'uri' ? uriHost(name.value) : undefined;
      return host !== undefined && !isHost(host)
        ? 'the host of a URI is neither a fully qualified name nor an address'
        : undefined;
    }),
  },
  {
    code: 'smtp_utf8_mailbox_ascii',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 9598 §3',
    check: forEachName((name) =>
      name.type === 'other' && name.oid === OID.smtpUtf8Mailbox && name.value.every((octet) => octet < 0x80)
        ? 'an SmtpUTF8Mailbox is ASCII and belongs into an rfc822Name'
        : undefined,
    ),
  },
];
