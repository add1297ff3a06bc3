import { daySeconds, type ProfileDefinition, subjectKeyTypes } from '../profile-definition.ts';

/** What a TLS server proves its DNS names and addresses with; an administrator vouches for them, or a challenge proves them. */
export const serverProfile: ProfileDefinition = {
  name: 'server',
  description: 'Certificates of TLS servers, for DNS names and addresses that a challenge proves.',
  names: 'request',
  uri: 'none',
  keyTypes: subjectKeyTypes,
  defaultLifetimeSeconds: 90 * daySeconds,
  minimumLifetimeSeconds: 60,
  maximumLifetimeSeconds: 398 * daySeconds,
  keyUsage: ['digitalSignature', 'keyEncipherment'],
  extendedKeyUsage: ['serverAuth'],
  certificatePolicies: [],
  extensions: [],
  revocationInformation: true,
  acme: true,
};
