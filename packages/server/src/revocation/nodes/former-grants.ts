import type { Event, JsonValue } from '../../events/index.ts';
import type { ClientGrants } from '../denylist-row.ts';
import type { RevocationStore } from '../store.ts';

/** What a client could ask for until `at` (epoch milliseconds). */
export interface FormerGrants {
  readonly grants: ClientGrants;
  readonly at: number;
}

/** What the client could ask for before this update; undefined for other acts, and if that was not changed. */
export function formerGrantsOf(event: Event): FormerGrants | undefined {
  if (event.act !== 'client.updated' || event.clientId === undefined) return undefined;
  const previous = event.data?.['previous'];
  if (!isObject(previous)) return undefined;
  const scope = texts(previous['scope']);
  const resources = texts(previous['resources']);
  return { grants: { clientId: event.clientId, scope, resources }, at: event.at };
}

/** Those of all updates since a time (epoch milliseconds), oldest first. */
export async function* formerGrantsSince(
  store: Pick<RevocationStore, 'eventsSince'>,
  since: number,
): AsyncGenerator<FormerGrants> {
  const limit = 500;
  for (let after = 0; ; ) {
    const events = await store.eventsSince({ acts: ['client.updated'], since, after, limit });
    for (const event of events) {
      const former = formerGrantsOf(event);
      if (former !== undefined) yield former;
    }
    const last = events.at(-1);
    if (last === undefined || events.length < limit) return;
    after = last.sequence;
  }
}

function isObject(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
