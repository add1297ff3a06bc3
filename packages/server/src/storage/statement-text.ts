/** `?` placeholders as PostgreSQL numbers them. Statements of this program hold no `?` in a literal. */
export function postgresText(sql: string): string {
  let number = 0;
  return sql.replace(/\?/g, () => {
    number += 1;
    return `$${number}`;
  });
}

/** Without row locks, which SQLite neither knows nor needs. */
export function sqliteText(sql: string): string {
  return sql.replace(/\s+FOR (?:UPDATE|SHARE)(?: SKIP LOCKED)?\s*$/, '');
}

const lists = new Map<number, string>();

/** `?, ?, ?` for a list of that length; lengths come from a bounded set, and are remembered. */
export function placeholders(count: number): string {
  let list = lists.get(count);
  if (list === undefined) {
    list = new Array<string>(count).fill('?').join(', ');
    lists.set(count, list);
  }
  return list;
}
