import { DerReader, KEY_USAGES, OID, type RawExtension, X509Error } from '@mortise/x509';
import { isNameConstraint } from './names/name-constraint.ts';
import { isNamePattern } from './names/name-pattern.ts';
import { isTrustDomain } from './names/spiffe-id.ts';
import {
  longestLifetimeSeconds,
  nameSources,
  type ProfileDefinition,
  shortestLifetimeSeconds,
  subjectKeyTypes,
  uriSources,
} from './profile-definition.ts';

/** One member of a profile's document: what it may hold, in words and as a test. */
export interface ProfileMember {
  readonly key: keyof ProfileDefinition;
  /** Completes "must be …". */
  readonly allowed: string;
  /** The value as the definition has it; undefined if it is not allowed. */
  read(value: unknown): unknown;
  /** What the document holds for a value of the definition; the value itself if absent. */
  write?(value: unknown): unknown;
}

const purposes = ['serverAuth', 'clientAuth', 'codeSigning', 'emailProtection', 'timeStamping'];
const oidForm = /^[0-2](\.(0|[1-9]\d{0,17})){1,31}$/;
/** They have keywords, and that of OCSP responders is for those of this server. */
const namedPurposes: ReadonlySet<string> = new Set([
  OID.serverAuth,
  OID.clientAuth,
  OID.codeSigning,
  OID.emailProtection,
  OID.timeStamping,
  OID.ocspSigning,
]);
/** What this authority writes itself. */
const ownExtensions: ReadonlySet<string> = new Set([
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.nameConstraints,
  OID.certificatePolicies,
  OID.cRLDistributionPoints,
  OID.authorityInfoAccess,
]);

const text = (
  key: keyof ProfileDefinition,
  allowed: string,
  test: (text: string) => boolean,
): ProfileMember => ({
  key,
  allowed,
  read: (value) => (typeof value === 'string' && test(value) ? value : undefined),
});

const choice = (key: keyof ProfileDefinition, choices: readonly string[]): ProfileMember =>
  text(key, `one of ${choices.join(', ')}`, (value) => choices.includes(value));

const lifetime = (key: keyof ProfileDefinition): ProfileMember => ({
  key,
  allowed: `a whole number of seconds from ${shortestLifetimeSeconds} to ${longestLifetimeSeconds}`,
  read: (value) =>
    Number.isInteger(value) &&
    (value as number) >= shortestLifetimeSeconds &&
    (value as number) <= longestLifetimeSeconds
      ? value
      : undefined,
});

const flag = (key: keyof ProfileDefinition): ProfileMember => ({
  key,
  allowed: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
});

function list(
  key: keyof ProfileDefinition,
  items: string,
  test: (item: string) => boolean,
  { minimum = 0, maximum = 100 } = {},
): ProfileMember {
  return {
    key,
    allowed: `a list of ${minimum} to ${maximum} different items, each ${items}`,
    read: (value) => {
      if (!Array.isArray(value) || value.length < minimum || value.length > maximum) return undefined;
      if (!value.every((item) => typeof item === 'string' && test(item))) return undefined;
      return new Set(value).size === value.length ? [...(value as string[])] : undefined;
    },
  };
}

/** Every member of a profile's document but `name` and `based_on`. */
export const profileMembers: Readonly<Record<string, ProfileMember>> = {
  description: text('description', 'a text of 1 to 200 characters', (value) =>
    /^[^\p{Cc}]{1,200}$/u.test(value),
  ),
  names: choice('names', nameSources),
  uri: choice('uri', uriSources),
  trust_domain: text(
    'trustDomain',
    'the name of a SPIFFE trust domain: lower-case letters, digits, dots, hyphens, underscores',
    isTrustDomain,
  ),
  name_patterns: list(
    'namePatterns',
    'a pattern such as dns:*.svc.example.com, uri:spiffe://example.com/**, ip:10.0.0.0/8 or email:*@example.com',
    isNamePattern,
    { minimum: 1 },
  ),
  permitted_names: list(
    'permittedNames',
    'a subtree such as dns:example.com, ip:10.0.0.0/8, uri:.example.com or email:example.com',
    isNameConstraint,
    { minimum: 1 },
  ),
  excluded_names: list(
    'excludedNames',
    'a subtree such as dns:example.com, ip:10.0.0.0/8, uri:.example.com or email:example.com',
    isNameConstraint,
    { minimum: 1 },
  ),
  key_types: list(
    'keyTypes',
    `one of ${subjectKeyTypes.join(', ')}`,
    (item) => (subjectKeyTypes as readonly string[]).includes(item),
    { minimum: 1 },
  ),
  default_lifetime_seconds: lifetime('defaultLifetimeSeconds'),
  minimum_lifetime_seconds: lifetime('minimumLifetimeSeconds'),
  maximum_lifetime_seconds: lifetime('maximumLifetimeSeconds'),
  key_usage: list(
    'keyUsage',
    `one of ${KEY_USAGES.join(', ')}`,
    (item) => (KEY_USAGES as readonly string[]).includes(item),
    { minimum: 1 },
  ),
  extended_key_usage: list(
    'extendedKeyUsage',
    `one of ${purposes.join(', ')} or the object identifier of another purpose than these and OCSP signing`,
    (item) => purposes.includes(item) || (oidForm.test(item) && !namedPurposes.has(item)),
  ),
  certificate_policies: list('certificatePolicies', 'an object identifier', (item) => oidForm.test(item)),
  extensions: {
    key: 'extensions',
    allowed:
      'a list of at most 20 items with oid, critical (true or false; may be absent) and value (DER in base64), none of which the authority writes itself',
    read: readExtensions,
    write: (value) =>
      (value as readonly RawExtension[]).map(({ oid, critical = false, value: der }) => ({
        oid,
        critical,
        value: Buffer.from(der).toString('base64'),
      })),
  },
  path_length: {
    key: 'pathLength',
    allowed: 'a whole number from 0 to 10',
    read: (value) =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 10 ? value : undefined,
  },
  revocation_information: flag('revocationInformation'),
  acme: flag('acme'),
};

function readExtensions(value: unknown): RawExtension[] | undefined {
  if (!Array.isArray(value) || value.length > 20) return undefined;
  const read = value.map(readExtension);
  if (read.some((extension) => extension === undefined)) return undefined;
  const extensions = read as RawExtension[];
  return new Set(extensions.map(({ oid }) => oid)).size === extensions.length ? extensions : undefined;
}

function readExtension(item: unknown): RawExtension | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { oid, critical = false, value, ...others } = item as Record<string, unknown>;
  if (Object.keys(others).length > 0 || typeof critical !== 'boolean') return undefined;
  if (typeof oid !== 'string' || !oidForm.test(oid) || ownExtensions.has(oid)) return undefined;
  if (typeof value !== 'string' || value.length > 8192 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value))
    return undefined;
  const der = Buffer.from(value, 'base64');
  return isOneElement(der) ? { oid, critical, value: der } : undefined;
}

function isOneElement(der: Buffer): boolean {
  try {
    const reader = new DerReader(der, 'value');
    reader.element();
    reader.end();
    return true;
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}
