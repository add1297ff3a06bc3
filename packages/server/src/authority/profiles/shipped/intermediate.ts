import { daySeconds, type ProfileDefinition } from '../profile-definition.ts';

/** The certificate of an authority elsewhere, signed by a root here, and bounded by name constraints where the profile has some. */
export const intermediateProfile: ProfileDefinition = {
  name: 'intermediate',
  description: 'Certificates of authorities elsewhere that stand below a root here.',
  names: 'authority',
  uri: 'none',
  keyTypes: ['ec-p256', 'ec-p384', 'ec-p521', 'ed25519', 'rsa-2048', 'rsa-3072', 'rsa-4096'],
  defaultLifetimeSeconds: 1825 * daySeconds,
  minimumLifetimeSeconds: daySeconds,
  maximumLifetimeSeconds: 3650 * daySeconds,
  keyUsage: ['keyCertSign', 'cRLSign'],
  extendedKeyUsage: [],
  certificatePolicies: [],
  extensions: [],
  pathLength: 0,
  revocationInformation: true,
  acme: false,
};
