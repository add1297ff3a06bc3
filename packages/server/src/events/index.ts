export { Delivery } from './delivery.ts';
export type {
  Actor,
  DenylistNews,
  Event,
  EventDraft,
  EventObjectKind,
  JsonObject,
  JsonValue,
} from './event.ts';
export type { EventHandler, Feed } from './feed.ts';
export {
  parseSealLine,
  type Seal,
  type SealedEvent,
  SealHash,
  type SealKey,
  sealIsSigned,
  sealLine,
  signSeal,
} from './seals.ts';
