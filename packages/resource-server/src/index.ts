export {
  Denylist,
  type DenylistChange,
  type DenylistEntry,
  type DenylistFacts,
  type DenylistKey,
  type DenylistKind,
  denylistKinds,
} from './revocation/denylist.ts';
