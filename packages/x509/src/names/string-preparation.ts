import { isNormalizable } from './normalizable.ts';

/** Characters that RFC 4518 §2.2 maps to nothing (soft hyphens, joiners, variation selectors, controls, zero-width space). */
const MAPPED_TO_NOTHING =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: joiners and selectors are listed one by one
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u06dd\u070f\u1806\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2063\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc]|[\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/gu;

/** Characters that RFC 4518 §2.2 maps to a space. */
const MAPPED_TO_SPACE = /[\t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;

/** Characters that RFC 4518 §2.4 prohibits: private use, non-characters, the replacement character, surrogates. */
const PROHIBITED =
  /[\p{Co}\p{Cs}\ufffd\ufdd0-\ufdef]|[\ufffe\uffff\u{1fffe}\u{1ffff}\u{2fffe}\u{2ffff}\u{10fffe}\u{10ffff}]/u;

const SIMPLE = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Prepares a string for caseIgnoreMatch: RFC 4518 as RFC 5280 §7.1 asks for it. Map, fold case, NFKC, and insignificant spaces:
 * none at the ends, one between words.
 *
 * Undefined if a prohibited character remains, or there are absurdly many combining marks in a row: such a value matches nothing but itself.
 */
export function prepareString(text: string): string | undefined {
  if (SIMPLE.test(text)) return text.toLowerCase();
  const mapped = text.replace(MAPPED_TO_NOTHING, '').replace(MAPPED_TO_SPACE, ' ');
  if (!isNormalizable(mapped)) return undefined;
  const folded = foldCase(foldCase(mapped.normalize('NFKC')).normalize('NFKC'));
  if (PROHIBITED.test(folded)) return undefined;
  // A space that carries a combining mark is no insignificant space (RFC 4518 §2.6.1); U+0001 was mapped to nothing, so it is free.
  const spaced = folded.replace(/ (?=\p{M})/gu, '\u0001');
  return spaced.replace(/ {2,}/g, ' ').replace(/^ | $/g, '');
}

/**
 * Full case folding: by way of upper case, so that ß meets SS and the two small sigmas meet. The dotless i folds to itself, though its
 * upper case is I.
 */
function foldCase(text: string): string {
  if (text.includes('\u0131')) return text.split('\u0131').map(foldCase).join('\u0131');
  return text.toUpperCase().toLowerCase().replaceAll('\u03c2', '\u03c3');
}
