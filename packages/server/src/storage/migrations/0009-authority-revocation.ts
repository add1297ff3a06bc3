import type { Migration } from './migration.ts';

/** Why an authority was revoked, for the CRL of the one that signed it. */
export const authorityRevocation: Migration = {
  version: 9,
  name: 'reasons of revoked authorities',
  statements: [`ALTER TABLE authorities ADD COLUMN revocation_reason TEXT`],
};
