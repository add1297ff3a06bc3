export { StorageError, type StorageErrorCode } from './errors.ts';
export { type LoadedMasterKey, loadMasterKey, type MasterKey, type MasterKeySources } from './master-key.ts';
export { openStorage, type Storage, type StorageLog, type StorageOptions } from './open-storage.ts';
export type { Instance, InstanceStore } from './queries/instance.ts';
export { createSealer, type Sealer } from './sealer.ts';
