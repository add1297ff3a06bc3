import { type TSchema, Type } from 'typebox';

/** Query members of a list. Texts, because they come from a URL. */
export const pageQuery = {
  after: Type.String({ maxLength: 2048, description: 'The `next` of the page before' }),
  limit: Type.String({
    pattern: '^[0-9]{1,4}$',
    description: 'At most this many items: 1 to 1000, default 100',
  }),
} as const;

export function pageOf(query: Readonly<Record<string, string | undefined>>): {
  after?: string;
  limit: number;
} {
  const limit = Math.min(1000, Math.max(1, Number(query['limit'] ?? 100)));
  return query['after'] === undefined ? { limit } : { after: query['after'], limit };
}

/** A page, with `next` only when there may be more. */
export function page<Item, Shown>(
  items: readonly Item[],
  limit: number,
  cursor: (item: Item) => string,
  show: (item: Item) => Shown,
): { items: Shown[]; next?: string } {
  const last = items.at(-1);
  const shown = items.map(show);
  return last !== undefined && items.length === limit
    ? { items: shown, next: cursor(last) }
    : { items: shown };
}

export function pageSchema(item: TSchema): TSchema {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent on the last' })),
  });
}
