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
