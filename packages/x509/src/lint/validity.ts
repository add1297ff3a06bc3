import { DerReader } from '../asn1/der-reader.ts';
import { TAG } from '../asn1/tags.ts';
import type { Lint } from './lint.ts';

const DAY_MS = 86_400_000;
const Y2050 = Date.UTC(2050, 0, 1);

const INCLUSIVE_FROM = Date.UTC(2020, 8, 1);

/** CABF BR 6.3.2 through ballot SC-081: from this day of issue on, at most so many days. Before them, 60 and 39 months. */
const LIMITS: readonly (readonly [from: number, days: number])[] = [
  [Date.UTC(2029, 2, 15), 47],
  [Date.UTC(2027, 2, 15), 100],
  [Date.UTC(2026, 2, 15), 200],
  [Date.UTC(2020, 8, 1), 398],
  [Date.UTC(2018, 2, 1), 825],
  [Date.UTC(2016, 6, 1), 1188],
];

export const VALIDITY_LINTS: readonly Lint[] = [
  {
    code: 'validity_not_positive',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.5',
    check: ({ certificate }) =>
      certificate.notAfter < certificate.notBefore ? 'the certificate ends before it begins' : undefined,
  },
  {
    code: 'validity_encoding',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.1.2.5',
    check: ({ certificate }) => {
      const times = new DerReader(certificate.validity, '').sequence();
      const wrong = [certificate.notBefore, certificate.notAfter].some((time) => {
        const generalized = times.peek() === TAG.generalizedTime;
        times.any();
        return generalized !== time >= Y2050;
      });
      return wrong ? 'a time through 2049 is not a UTCTime' : undefined;
    },
  },
  {
    code: 'validity_too_long',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 6.3.2',
    check: (context) => {
      if (!context.server) return undefined;
      const { notBefore, notAfter } = context.certificate;
      const limit = LIMITS.find(([from]) => notBefore >= from);
      // Since the 398 days, the last second counts.
      const days = (notAfter - notBefore + (notBefore >= INCLUSIVE_FROM ? 1000 : 0)) / DAY_MS;
      if (limit === undefined || days <= limit[1]) return undefined;
      return `the certificate is valid for ${Math.ceil(days)} days, more than ${limit[1]}`;
    },
  },
];
