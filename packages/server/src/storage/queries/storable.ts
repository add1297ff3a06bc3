/** PostgreSQL keeps no NUL in a text; so on both databases nothing is named by one, and a look-up finds nothing. */
export function storable(text: string): boolean {
  return !text.includes('\0');
}
