import { X509Error } from '../errors.ts';
import { TAG } from './tags.ts';

const DAY_MS = 86_400_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days from 1970-01-01 to the given day of the proleptic Gregorian calendar; `month` from 1 to 12. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * Decodes the content of a UTCTime or GeneralizedTime in the only forms that RFC 5280 §4.1.2.5 allows, `YYMMDDHHMMSSZ` and
 * `YYYYMMDDHHMMSSZ`, to epoch milliseconds. Two-digit years from 50 belong to the 20th century. Throws `time_invalid` for any other
 * form (no seconds, fractions, offsets) and for days and hours that do not exist.
 */
export function decodeTime(
  bytes: Uint8Array,
  tag: number,
  start: number,
  end: number,
  where: string,
): number {
  const yearDigits = tag === TAG.utcTime ? 2 : 4;
  const fail = (why: string): never => {
    throw new X509Error('time_invalid', why, where, start);
  };
  if (end - start !== yearDigits + 11 || bytes[end - 1] !== 0x5a) {
    fail(yearDigits === 2 ? 'a UTCTime is not YYMMDDHHMMSSZ' : 'a GeneralizedTime is not YYYYMMDDHHMMSSZ');
  }
  for (let i = start; i < end - 1; i++) {
    const octet = bytes[i]!;
    if (octet < 0x30 || octet > 0x39) fail('a time has a character that is not a digit');
  }
  const two = (at: number): number => (bytes[at]! - 0x30) * 10 + bytes[at + 1]! - 0x30;
  let year = two(start);
  let at = start + 2;
  if (yearDigits === 2) {
    year += year >= 50 ? 1900 : 2000;
  } else {
    year = year * 100 + two(at);
    at += 2;
  }
  const month = two(at);
  const day = two(at + 2);
  const hour = two(at + 4);
  const minute = two(at + 6);
  const second = two(at + 8);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month < 1 || month > 12) fail('a time names a month that does not exist');
  if (day < 1 || day > (month === 2 && leap ? 29 : MONTH_DAYS[month - 1]!)) {
    fail('a time names a day that does not exist');
  }
  if (hour > 23 || minute > 59 || second > 59)
    fail('a time names an hour, minute or second that does not exist');
  return daysSinceEpoch(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

/**
 * Tag and text of a time as RFC 5280 §4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime from 2050 on (and before 1950).
 * Milliseconds are dropped. Throws `time_invalid` outside of the years 0 to 9999.
 */
export function encodeTime(epochMs: number, always?: 'generalized'): { tag: number; text: string } {
  if (!Number.isFinite(epochMs) || epochMs < -62_167_219_200_000 || epochMs >= 253_402_300_800_000) {
    throw new X509Error('time_invalid', 'a time is outside of the years 0 to 9999', 'time');
  }
  const days = Math.floor(epochMs / DAY_MS);
  const seconds = Math.floor(epochMs / 1000) - days * 86_400;
  const { year, month, day } = dateOf(days);
  const rest =
    two(month) +
    two(day) +
    two(Math.floor(seconds / 3600)) +
    two(Math.floor(seconds / 60) % 60) +
    two(seconds % 60);
  if (always === 'generalized' || year < 1950 || year > 2049) {
    return { tag: TAG.generalizedTime, text: `${two(Math.floor(year / 100))}${two(year % 100)}${rest}Z` };
  }
  return { tag: TAG.utcTime, text: `${two(year % 100)}${rest}Z` };
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

function two(number: number): string {
  return TWO_DIGITS[number]!;
}

/** The reverse of {@link daysSinceEpoch}. */
function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
