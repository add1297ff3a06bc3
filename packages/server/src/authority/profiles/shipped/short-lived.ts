import { type ProfileDefinition, subjectKeyTypes } from '../profile-definition.ts';

/** A client's certificate that ends before news of its revocation would spread, and says nothing of where that is found. */
export const shortLivedProfile: ProfileDefinition = {
  name: 'short-lived',
  description: 'Certificates of clients for some hours, without revocation information.',
  names: 'client',
  uri: 'client',
  keyTypes: subjectKeyTypes,
  defaultLifetimeSeconds: 8 * 3600,
  minimumLifetimeSeconds: 60,
  maximumLifetimeSeconds: 24 * 3600,
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['clientAuth'],
  certificatePolicies: [],
  extensions: [],
  revocationInformation: false,
  acme: true,
};
