import { OID } from '../asn1/oids.ts';
import type { DistributionPoint } from '../certificates/extensions/distribution-points.ts';
import type { AccessDescription } from '../certificates/extensions/information-access.ts';
import type { Lint } from './lint.ts';
import type { LintContext } from './lint-context.ts';

function points(context: LintContext): readonly DistributionPoint[] {
  return context.read(() => context.certificate.crlDistributionPoints) ?? [];
}

function pointUris(context: LintContext): string[] {
  return points(context).flatMap((point) =>
    (point.name?.fullName ?? []).flatMap((name) => (name.type === 'uri' ? [name.value] : [])),
  );
}

function access(context: LintContext): readonly AccessDescription[] {
  return context.read(() => context.certificate.authorityInformationAccess) ?? [];
}

function isHttp(uri: string): boolean {
  return /^http:\/\//i.test(uri) && URL.canParse(uri);
}

function hasInternalHost(uri: string): boolean {
  const host = URL.canParse(uri) ? new URL(uri).hostname : undefined;
  return (
    host !== undefined &&
    (!host.includes('.') || /\.(local|internal|lan|corp|home)$/.test(host)) &&
    !host.startsWith('[')
  );
}

/** cRLDistributionPoints and authorityInfoAccess. */
export const LOCATION_LINTS: readonly Lint[] = [
  {
    code: 'distribution_point_incomplete',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.13',
    check: (context) =>
      points(context).some(({ name, crlIssuer }) => name === undefined && crlIssuer === undefined)
        ? 'a distribution point has neither a name nor a cRLIssuer'
        : undefined,
  },
  {
    code: 'distribution_point_without_uri',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.13',
    check: (context) =>
      points(context).length > 0 && !pointUris(context).some((uri) => /^(?:https?|ldaps?):/i.test(uri))
        ? 'no distribution point has an LDAP or HTTP URI'
        : undefined,
  },
  {
    code: 'crl_distribution_point_not_http',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.11.2',
    check: (context) =>
      points(context).length > 0 && !pointUris(context).some(isHttp)
        ? 'no distribution point has an HTTP URI'
        : undefined,
  },
  {
    code: 'crl_issuer_present',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.11.2',
    check: (context) =>
      points(context).some(({ crlIssuer }) => crlIssuer !== undefined)
        ? 'a distribution point has a cRLIssuer'
        : undefined,
  },
  {
    code: 'crl_distribution_points_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.10, 7.1.2.11.2',
    check: (context) => {
      const withoutOcsp = context.server && !access(context).some(({ method }) => method === OID.ocsp);
      return (context.kind === 'intermediate' || withoutOcsp) && !context.has(OID.cRLDistributionPoints)
        ? 'there is no cRLDistributionPoints'
        : undefined;
    },
  },
  {
    code: 'authority_info_access_missing',
    severity: 'warning',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.7, 7.1.2.10.3',
    check: (context) =>
      (context.kind === 'intermediate' || context.server) && !context.has(OID.authorityInfoAccess)
        ? 'there is no authorityInfoAccess'
        : undefined,
  },
  {
    code: 'ca_issuers_missing',
    severity: 'warning',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.7',
    check: (context) =>
      context.server &&
      context.has(OID.authorityInfoAccess) &&
      !access(context).some(
        ({ method, location }) =>
          method === OID.caIssuers && location.type === 'uri' && isHttp(location.value),
      )
        ? 'authorityInfoAccess does not say where the issuer is'
        : undefined,
  },
  {
    code: 'access_location_not_uri',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.2.1',
    check: (context) =>
      access(context).some(
        ({ method, location }) =>
          method === OID.caIssuers &&
          (location.type !== 'uri' || !/^(?:https?|ldaps?|ftp):/i.test(location.value)),
      )
        ? 'an access location for caIssuers is no HTTP or LDAP URI'
        : undefined,
  },
  {
    code: 'access_location_not_http',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.7, 7.1.2.10.3',
    check: (context) =>
      access(context).some(({ location }) => location.type !== 'uri' || !isHttp(location.value))
        ? 'an access location is no HTTP URI'
        : undefined,
  },
  {
    code: 'access_method_not_allowed',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.7',
    check: (context) =>
      access(context)
        .filter(({ method }) => method !== OID.ocsp && method !== OID.caIssuers)
        .map(({ method }) => `access method ${method} is not allowed`),
  },
  {
    code: 'access_location_repeated',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.7',
    check: (context) => {
      const seen = access(context).map(
        ({ method, location }) => `${method} ${location.type === 'uri' ? location.value : ''}`,
      );
      return new Set(seen).size < seen.length ? 'an access location is given more than once' : undefined;
    },
  },
  {
    code: 'access_location_internal',
    severity: 'warning',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.7',
    check: (context) =>
      access(context).some(({ location }) => location.type === 'uri' && hasInternalHost(location.value))
        ? 'an access location is on an internal name'
        : undefined,
  },
];
