import { theJoint } from './0001-the-joint.ts';
import { acme } from './0002-acme.ts';
import { revocationPublishing } from './0003-revocation-publishing.ts';
import { authoritiesAndProfiles } from './0004-authorities-and-profiles.ts';
import { rollovers } from './0005-rollovers.ts';
import { recalls } from './0007-recalls.ts';
import { lineage } from './0008-lineage.ts';
import { authorityRevocation } from './0009-authority-revocation.ts';
import type { Migration } from './migration.ts';

export type { Migration } from './migration.ts';

/** Every step, in order; the version of a database is that of the last one it took. */
export const migrations: readonly Migration[] = [
  theJoint,
  acme,
  revocationPublishing,
  authoritiesAndProfiles,
  rollovers,
  recalls,
  lineage,
  authorityRevocation,
];

export const newestVersion = migrations.at(-1)!.version;

/** Every table that holds data, so ordered that a row comes after those which it refers to. */
export const tables: readonly string[] = [
  'settings',
  'events',
  'seals',
  'seal_keys',
  'clients',
  'matcher_claims',
  'credentials',
  'credential_uses',
  'token_ends',
  'resources',
  'resource_scopes',
  'resource_servers',
  'signing_keys',
  'assertion_uses',
  'authorities',
  'authority_rules',
  'authority_requests',
  'profiles',
  'certificates',
  'rollovers',
  'trust_reports',
  'crl_partitions',
  'crls',
  'recalls',
  'acme_accounts',
  'acme_external_keys',
  'acme_orders',
  'acme_authorizations',
  'denylist',
  'nodes',
  'sightings',
];
