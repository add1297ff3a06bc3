import { ATTRIBUTE } from '../names/attribute-types.ts';
import type { Lint } from './lint.ts';
import type { LintContext } from './lint-context.ts';

const POLICY = { dv: '2.23.140.1.2.1', ov: '2.23.140.1.2.2', iv: '2.23.140.1.2.3' } as const;

const REGIONS = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** What Unicode has names for beyond ISO 3166-1's officially assigned codes. */
const NOT_COUNTRIES: ReadonlySet<string> = new Set('AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ'.split(' '));

/** Codes of ISO 3166-1, and XX, which the Baseline Requirements allow where there is none. */
function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code)) return false;
  return code === 'XX' || (REGIONS.of(code) !== undefined && !NOT_COUNTRIES.has(code));
}

/** The order that CABF BR 7.1.2.7 and 7.1.4 ask for. */
const ORDER: readonly string[] = [
  ATTRIBUTE.domainComponent,
  ATTRIBUTE.countryName,
  ATTRIBUTE.stateOrProvinceName,
  ATTRIBUTE.localityName,
  ATTRIBUTE.postalCode,
  ATTRIBUTE.streetAddress,
  ATTRIBUTE.organizationName,
  ATTRIBUTE.surname,
  ATTRIBUTE.givenName,
  ATTRIBUTE.organizationalUnitName,
  ATTRIBUTE.commonName,
];

const MAY_REPEAT: ReadonlySet<string> = new Set([ATTRIBUTE.domainComponent, ATTRIBUTE.streetAddress]);

function policies(context: LintContext): readonly string[] {
  return context.read(() => context.certificate.certificatePolicies)?.map(({ oid }) => oid) ?? [];
}

function altNames(context: LintContext): Set<string> {
  const names = (context.subjectAltName ?? []).flatMap((name) =>
    name.type === 'dns' || name.type === 'ip' ? [name.value] : [],
  );
  return new Set(names);
}

function requiredOfCa(code: string, type: string, what: string): Lint {
  return {
    code,
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.10.2',
    check: (context) =>
      context.ca && context.subjectValues(type).every((value) => value === '')
        ? `the subject of the CA has no ${what}`
        : undefined,
  };
}

/** Subjects, by the Baseline Requirements. */
export const WEB_PKI_SUBJECT_LINTS: readonly Lint[] = [
  requiredOfCa('ca_country_missing', ATTRIBUTE.countryName, 'countryName'),
  requiredOfCa('ca_organization_missing', ATTRIBUTE.organizationName, 'organizationName'),
  requiredOfCa('ca_common_name_missing', ATTRIBUTE.commonName, 'commonName'),
  {
    code: 'subject_country_invalid',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.2',
    check: (context) =>
      context
        .subjectValues(ATTRIBUTE.countryName)
        .filter((country) => !isCountry(country.toUpperCase()))
        .map(() => 'countryName is no code of ISO 3166-1'),
  },
  {
    code: 'subject_country_not_uppercase',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.2',
    check: (context) =>
      context
        .subjectValues(ATTRIBUTE.countryName)
        .filter((country) => country !== country.toUpperCase())
        .map(() => 'countryName is not in upper case'),
  },
  {
    code: 'subject_country_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.4',
    check: (context) => {
      const identified = [ATTRIBUTE.organizationName, ATTRIBUTE.givenName, ATTRIBUTE.surname].some(
        (type) => context.subjectValues(type).length > 0,
      );
      const validated = policies(context).some((policy) => policy === POLICY.ov || policy === POLICY.iv);
      if (context.ca || (!identified && !validated)) return undefined;
      return context.subjectValues(ATTRIBUTE.countryName).length === 0
        ? 'an identified subject has no countryName'
        : undefined;
    },
  },
  {
    code: 'subject_place_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.4',
    check: (context) => {
      const validated = policies(context).some((policy) => policy === POLICY.ov || policy === POLICY.iv);
      const places = [ATTRIBUTE.localityName, ATTRIBUTE.stateOrProvinceName];
      return !context.ca && validated && places.every((type) => context.subjectValues(type).length === 0)
        ? 'an identified subject has neither localityName nor stateOrProvinceName'
        : undefined;
    },
  },
  {
    code: 'subject_place_without_organization',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.2.2',
    check: (context) => {
      const types = [ATTRIBUTE.organizationName, ATTRIBUTE.givenName, ATTRIBUTE.surname];
      if (context.ca || types.some((type) => context.subjectValues(type).length > 0)) return undefined;
      const places = [
        ATTRIBUTE.streetAddress,
        ATTRIBUTE.localityName,
        ATTRIBUTE.stateOrProvinceName,
        ATTRIBUTE.postalCode,
      ];
      return places.some((type) => context.subjectValues(type).length > 0)
        ? 'a place is given of nobody who is named'
        : undefined;
    },
  },
  {
    code: 'dv_subject_identified',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.2',
    check: (context) => {
      if (context.ca || !policies(context).includes(POLICY.dv)) return undefined;
      const allowed = new Set<string>([ATTRIBUTE.commonName, ATTRIBUTE.countryName]);
      return context.subject
        .filter(({ type }) => !allowed.has(type))
        .map(({ type }) => `a domain-validated subject has attribute ${type}`);
    },
  },
  {
    code: 'iv_person_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.3',
    check: (context) => {
      if (context.ca || !policies(context).includes(POLICY.iv)) return undefined;
      const complete = [ATTRIBUTE.givenName, ATTRIBUTE.surname].every(
        (type) => context.subjectValues(type).length > 0,
      );
      return complete ? undefined : 'an individual-validated subject has no givenName and surname';
    },
  },
  {
    code: 'personal_name_without_policy',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.3',
    check: (context) => {
      const named = [ATTRIBUTE.givenName, ATTRIBUTE.surname].some(
        (type) => context.subjectValues(type).length > 0,
      );
      return !context.ca && named && !policies(context).includes(POLICY.iv)
        ? 'a person is named without the individual-validated policy'
        : undefined;
    },
  },
  {
    code: 'organizational_unit_present',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.2, SC-047',
    check: (context) =>
      !context.ca && context.subjectValues(ATTRIBUTE.organizationalUnitName).length > 0
        ? 'the subject has an organizationalUnitName'
        : undefined,
  },
  {
    code: 'subject_value_meaningless',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.2.1',
    check: (context) =>
      context.ca
        ? undefined
        : context.subject
            .filter(({ value }) => /^[\s.\-*]+$/.test(value))
            .map(({ type }) => `attribute ${type} holds nothing but punctuation`),
  },
  {
    code: 'subject_attribute_repeated',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.1',
    check: (context) => {
      const types = context.subject.map(({ type }) => type).filter((type) => !MAY_REPEAT.has(type));
      const repeated = new Set(types.filter((type, index) => types.indexOf(type) !== index));
      return [...repeated].map((type) => `attribute ${type} is given more than once`);
    },
  },
  {
    code: 'subject_order',
    severity: 'warning',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.2',
    check: (context) => {
      const places = context.subject.map(({ type }) => ORDER.indexOf(type)).filter((place) => place >= 0);
      return places.some((place, index) => index > 0 && place < places[index - 1]!)
        ? 'the attributes of the subject are not in the order demanded'
        : undefined;
    },
  },
  {
    code: 'subject_common_names_several',
    severity: 'warning',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.3',
    check: (context) =>
      context.subjectValues(ATTRIBUTE.commonName).length > 1
        ? 'the subject has several commonNames'
        : undefined,
  },
  {
    code: 'subject_common_name_not_in_alt_name',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.4.3',
    check: (context) => {
      if (!context.server) return undefined;
      const names = altNames(context);
      return context
        .subjectValues(ATTRIBUTE.commonName)
        .filter((name) => !names.has(name))
        .map(() => 'commonName is none of the names in subjectAltName');
    },
  },
  {
    code: 'subject_common_name_present',
    severity: 'notice',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.2',
    check: (context) =>
      context.server && context.subjectValues(ATTRIBUTE.commonName).length > 0
        ? 'the subject has a commonName'
        : undefined,
  },
];
