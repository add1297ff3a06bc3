import { type ProfileDefinition, subjectKeyTypes } from '../profile-definition.ts';

/**
 * An X.509-SVID of the SPIFFE standards: exactly one URI, the client's SPIFFE ID, for both sides of mutual TLS. By ACME it would certify for
 * servers a DNS name that nobody has proven, so it has no directory.
 */
export const spiffeProfile: ProfileDefinition = {
  name: 'spiffe',
  description: "X.509-SVIDs: the client's SPIFFE ID, for both sides of mutual TLS.",
  names: 'client',
  uri: 'spiffe',
  keyTypes: subjectKeyTypes,
  defaultLifetimeSeconds: 3600,
  minimumLifetimeSeconds: 60,
  maximumLifetimeSeconds: 7 * 86_400,
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['clientAuth', 'serverAuth'],
  certificatePolicies: [],
  extensions: [],
  revocationInformation: true,
  acme: false,
};
