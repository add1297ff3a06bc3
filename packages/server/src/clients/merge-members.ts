import type { JsonObject, JsonValue } from '../events/index.ts';

/**
 * Replaces members of metadata: `null` takes one away, absent ones stay (RFC 7396, without its recursion). A member that is not
 * `known` stays in the outcome even as `null`, to be refused by its name.
 */
export function mergeMembers(
  registered: JsonObject,
  changes: JsonObject,
  known: readonly string[],
): JsonObject {
  const merged = new Map<string, JsonValue | undefined>(Object.entries(registered));
  for (const [member, value] of Object.entries(changes)) {
    if (value === null && known.includes(member)) merged.delete(member);
    else if (value !== undefined) merged.set(member, value);
  }
  // Unlike assignment, this makes `__proto__` a member like any other, to be refused by its name.
  return Object.fromEntries(merged);
}
