import { daySeconds, type ProfileDefinition, subjectKeyTypes } from '../profile-definition.ts';

/**
 * What a client proves itself with by mutual TLS (RFC 8705 §2.1). Its names are those that the client's record says: the name of its matcher, or
 * without one the URI `<issuer>/clients/<client_id>`; and its DNS name where that is asked for.
 */
export const clientProfile: ProfileDefinition = {
  name: 'client',
  description: 'Certificates by which registered clients authenticate; for accounts bound to a client.',
  names: 'client',
  uri: 'client',
  keyTypes: subjectKeyTypes,
  defaultLifetimeSeconds: 90 * daySeconds,
  minimumLifetimeSeconds: 60,
  maximumLifetimeSeconds: 398 * daySeconds,
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['clientAuth'],
  certificatePolicies: [],
  extensions: [],
  revocationInformation: true,
  acme: true,
};
