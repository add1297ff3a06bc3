import type { Command } from 'commander';
import { collect, wholeNumber } from '../context.ts';
import { wrongUse } from '../failure.ts';

/** Members of a profile as flags give them; lists by repeating the flag. */
const flags = {
  description: ['text', 'for people'],
  names: ['source', 'client: from its record; request: given, or proven by ACME; authority'],
  uri: ['source', "client: the client's URI; spiffe: its SPIFFE ID; none"],
  trustDomain: ['domain', 'of the SPIFFE IDs'],
  namePattern: ['pattern', 'each name has to match one: dns:*.svc.example.com, ip:10.0.0.0/8; repeatable'],
  permittedName: ['subtree', 'name constraint: dns:example.com, ip:10.0.0.0/8; repeatable'],
  excludedName: ['subtree', 'name constraint; repeatable'],
  keyType: ['type', 'kind of key that is allowed, an RSA kind also for longer keys; repeatable'],
  defaultLifetimeSeconds: ['seconds', 'lifetime where none is asked for'],
  minimumLifetimeSeconds: ['seconds', 'shortest lifetime'],
  maximumLifetimeSeconds: ['seconds', 'longest lifetime'],
  keyUsage: ['usage', 'RFC 5280 §4.2.1.3; repeatable'],
  extendedKeyUsage: ['purpose', 'keyword or object identifier; repeatable'],
  certificatePolicy: ['oid', 'policy; repeatable'],
  extension: [
    'oid:base64',
    'another extension, DER in base64, critical:oid:base64 for a critical one; repeatable',
  ],
  pathLength: ['number', 'how many authorities may stand below, where names is authority'],
  revocationInformation: ['true|false', 'whether certificates name CRL and OCSP responder'],
  acme: ['true|false', 'whether it has an ACME directory'],
} as const;

type FlagName = keyof typeof flags;

export type ProfileFlags = { readonly [K in FlagName]?: string | number | string[] };

/** Flags that may be repeated, and the members that they make up. */
const lists: Partial<Readonly<Record<FlagName, string>>> = {
  namePattern: 'name_patterns',
  permittedName: 'permitted_names',
  excludedName: 'excluded_names',
  keyType: 'key_types',
  keyUsage: 'key_usage',
  extendedKeyUsage: 'extended_key_usage',
  certificatePolicy: 'certificate_policies',
  extension: 'extensions',
};

export function addProfileFlags(command: Command): Command {
  for (const [name, [taken, description]] of Object.entries(flags)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (lists[name as FlagName] !== undefined) command.option(`${flag} <${taken}>`, description, collect);
    else if (taken === 'seconds' || taken === 'number') {
      command.option(`${flag} <${taken}>`, description, wholeNumber(flag));
    } else command.option(`${flag} <${taken}>`, description);
  }
  return command;
}

/** The members that were given, as the admin API takes them. */
export function profileMembers(given: ProfileFlags): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(flags) as FlagName[]) {
    const value = given[name];
    if (value === undefined) continue;
    const member = lists[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    members[member] = memberValue(name, value);
  }
  return members;
}

function memberValue(name: FlagName, value: string | number | string[]): unknown {
  if (name === 'extension') return (value as string[]).map(readExtension);
  if (flags[name][0] !== 'true|false') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw wrongUse(`--${name === 'acme' ? 'acme' : 'revocation-information'} must be true or false`);
}

function readExtension(text: string): object {
  const [, critical, oid, value] = /^(critical:)?([\d.]+):([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  if (oid === undefined) throw wrongUse('--extension must be OID:BASE64 or critical:OID:BASE64');
  return { oid, critical: critical !== undefined, value };
}
