/**
 * More combining marks in a row than any language writes (UAX #15 §13 allows 30). The two half-width sound marks are letters that
 * normalization turns into marks.
 */
const LONG_RUN = /[\p{M}\uff9e\uff9f]{64}/u;

/**
 * Whether `String.prototype.normalize` takes time linear in the length of the text: sorting a run of combining marks takes the square of
 * its length, minutes for a megabyte.
 */
export function isNormalizable(text: string): boolean {
  return !LONG_RUN.test(text);
}
