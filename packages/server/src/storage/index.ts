export { type BackupOptions, type BackupResult, backup } from './backup.ts';
export { StorageError, type StorageErrorCode } from './errors.ts';
export { type LoadedMasterKey, loadMasterKey, type MasterKey, type MasterKeySources } from './master-key.ts';
export {
  openStorage,
  type Seals,
  type Storage,
  type StorageLog,
  type StorageOptions,
} from './open-storage.ts';
export type { Instance, InstanceStore } from './queries/instance.ts';
export { type RestoreOptions, type RestoreResult, restore } from './restore.ts';
export { createSealer, type Sealer } from './sealer.ts';
export {
  type AuditFailure,
  type AuditFailureCode,
  type AuditReport,
  verifyAudit,
} from './verify-audit.ts';
