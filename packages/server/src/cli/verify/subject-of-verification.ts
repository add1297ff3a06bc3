import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { PeerName } from '@mortise/x509';
import { wrongUse } from '../failure.ts';

/** A server as it was named on the command line. */
export interface Host {
  /** A name as A-labels, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `name:443`, `192.0.2.1:443` or `[::1]:443`; undefined for whatever is none of them. */
export function parseHost(text: string): Host | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^[\]:/\s]+)):(\d{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const port = Number(parts[3]);
  if (port < 1 || port > 65_535) return undefined;
  const [, bracketed, plain] = parts;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  const host = isIP(plain!) === 4 ? plain! : domainToASCII(plain!);
  return host === '' ? undefined : { host, port };
}

/** What to write instead of a word that is neither a file nor a server; empty where nothing can be guessed. */
export function suggestionFor(text: string): string {
  const url = /^[a-z]+:\/\/([^/]+)/i.exec(text)?.[1];
  if (url !== undefined)
    return `; a server is written HOST:PORT, here ${/:\d+$/.test(url) ? url : `${url}:443`}`;
  const port = /^(?:\[[^\]]*\]|[^/\\:]+):(\d+)$/.exec(text)?.[1];
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    return '; the port of a server is from 1 to 65535';
  const lastColon = text.lastIndexOf(':');
  if (/:\d{2,5}$/.test(text) && isIP(text.slice(0, lastColon)) === 6) {
    return `; an IPv6 address stands in brackets: [${text.slice(0, lastColon)}]${text.slice(lastColon)}`;
  }
  if (isIP(text) === 6) return `; a server with an IPv6 address is written [${text}]:443`;
  if (/^[\w-]+(\.[\w-]+)+$/.test(text) && !/\.(pem|crt|cer|der|p7[bc]|p12|pfx|jks|jceks)$/i.test(text)) {
    return `; for a server, add its port: ${text}:443`;
  }
  return '';
}

const nameTypes = ['dns', 'ip', 'uri', 'email'] as const;

/** `dns:…`, `ip:…`, `uri:…` or `email:…`; without that, what the text looks like. Throws CommandFailure with status 2. */
export function parseName(text: string): PeerName {
  const typed = /^(dns|ip|uri|email):(.+)$/i.exec(text);
  const type = nameTypes.find((one) => one === typed?.[1]?.toLowerCase());
  // `uri:` and the like could themselves begin a URI, but none that a certificate holds.
  if (type !== undefined) return checked({ type, value: withoutBrackets(type, typed![2]!) });
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return { type: 'ip', value: bare };
  if (/^[^:]+:\d{1,5}$/.test(text)) throw wrongUse(`--name: ${text} has a port; a name has none`);
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return { type: 'uri', value: text };
  return checked({ type: text.includes('@') ? 'email' : 'dns', value: text });
}

function withoutBrackets(type: PeerName['type'], value: string): string {
  return type === 'ip' ? value.replace(/^\[(.*)\]$/, '$1') : value;
}

function checked(name: PeerName): PeerName {
  const { type, value } = name;
  if (type === 'ip' && isIP(value) === 0) throw wrongUse(`--name: ${value} is no IP address`);
  if (type === 'dns' && domainToASCII(value) === '') throw wrongUse(`--name: ${value} is no name of a host`);
  return name;
}

/**
 * A time as RFC 3339 has it, or a day, which is its first moment in UTC; without an offset, UTC. Answers epoch milliseconds. Throws
 * CommandFailure with status 2.
 */
export function parseTime(text: string): number {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(
    text,
  );
  const [, day, time = '00:00', zone = 'Z'] = parts ?? [];
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  // Date.parse takes the 30th of February for the 2nd of March.
  if (Number.isNaN(at) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day)
    throw wrongUse('--at must be a day or a time, such as 2027-01-31 or 2027-01-31T12:00:00Z');
  return at;
}

const purposes = [
  'serverAuth',
  'clientAuth',
  'codeSigning',
  'emailProtection',
  'timeStamping',
  'OCSPSigning',
];

/** A keyword of RFC 5280 §4.2.1.12 or an object identifier. Throws CommandFailure with status 2. */
export function parsePurpose(text: string): string {
  const keyword = purposes.find((one) => one.toLowerCase() === text.toLowerCase());
  if (keyword !== undefined) return keyword;
  if (/^[0-2](\.\d{1,20}){1,30}$/.test(text)) return text;
  throw wrongUse(`--purpose must be ${purposes.join(', ')} or an object identifier`);
}
