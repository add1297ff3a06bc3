import { itemKinds } from './list-items.ts';
import type { Address, Setting } from './settings.ts';

/** Why a value is not allowed: what would be. */
export class NotAllowed extends Error {}

/**
 * Turns what a source holds (a YAML scalar or list, or the text of a variable or flag) into the setting's value.
 * Throws NotAllowed, whose message says what is allowed.
 */
export function settingValue(setting: Setting, raw: unknown): unknown {
  const allowed = describeAllowed(setting);
  const refuse = (): never => {
    throw new NotAllowed(`must be ${allowed}`);
  };
  switch (setting.type) {
    case 'string':
      return typeof raw === 'string' && raw !== '' && !raw.includes('\0') ? raw : refuse();
    case 'integer': {
      const value = typeof raw === 'string' && /^-?\d{1,15}$/.test(raw) ? Number(raw) : raw;
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return refuse();
      if (value < (setting.minimum ?? -Infinity) || value > (setting.maximum ?? Infinity)) return refuse();
      return value;
    }
    case 'boolean':
      if (typeof raw === 'boolean') return raw;
      return raw === 'true' ? true : raw === 'false' ? false : refuse();
    case 'choice':
      return typeof raw === 'string' && setting.choices?.includes(raw) ? raw : refuse();
    case 'list': {
      const items = typeof raw === 'string' ? raw.split(',').map((item) => item.trim()) : raw;
      if (!Array.isArray(items) || !items.every((item) => typeof item === 'string' && item !== ''))
        return refuse();
      if (setting.items !== undefined && !(items as string[]).every(itemKinds[setting.items].is))
        return refuse();
      return Object.freeze([...(items as string[])]);
    }
    case 'address':
      return (typeof raw === 'string' ? parseAddress(raw) : undefined) ?? refuse();
    case 'url':
      return (typeof raw === 'string' ? parseOuterUrl(raw, setting.protocols ?? []) : undefined) ?? refuse();
  }
}

/** `an integer from 1 to 60`, `one of info, warn`, …: completes "must be". */
export function describeAllowed(setting: Setting): string {
  switch (setting.type) {
    case 'string':
      return 'a text that is not empty';
    case 'integer':
      return `an integer from ${setting.minimum ?? 'any'} to ${setting.maximum ?? 'any'}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${setting.choices?.join(', ')}`;
    case 'list':
      return `a list of ${setting.items === undefined ? 'texts' : itemKinds[setting.items].plural}`;
    case 'address':
      return 'HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8443 or [::1]:0';
    case 'url':
      return `a URL that begins with ${setting.protocols?.map((protocol) => `${protocol}//`).join(' or ')}, with a DNS name or IP address, without query or fragment`;
  }
}

/** `127.0.0.1:8443`, `[::1]:8443`, `localhost:0`, `:8443` (every interface). */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port > 65_535) return undefined;
  return Object.freeze({ host: match[1] ?? match[2] ?? '', port });
}

/** An address as a person would write it: IPv6 in brackets. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Kept as written but for a trailing slash, because an issuer is compared as a string (RFC 8414 §3.3). */
function parseOuterUrl(text: string, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!protocols.includes(url.protocol)) return undefined;
  if (!url.protocol.startsWith('http')) return text;
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return undefined;
  // Certificates hold it.
  if (!itemKinds.host.is(url.hostname.replace(/^\[|\]$/g, ''))) return undefined;
  return text.replace(/\/+$/, '');
}
