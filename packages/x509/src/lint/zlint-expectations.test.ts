import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { lintCertificate } from './lint-certificate.ts';
import { DIVERGENCES, ZLINT_CODES } from './testing/zlint-codes.ts';

const VECTORS = new URL('../../../../../shared/vectors/zlint/zlint-half.json', import.meta.url);
const missing = !existsSync(VECTORS);
const skip = missing && process.env['CI'] !== 'true' ? 'the zlint vectors are not beside the project' : false;

interface Case {
  readonly file: string;
  readonly pem: string;
  readonly lints: readonly { readonly lint: string; readonly expected: string }[];
}

it('trips the lints that zlint trips, and no others, where this package has them', { skip }, () => {
  assert.ok(!missing, 'CI needs the zlint vectors');
  const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { cases: Case[] };
  const wrong: string[] = [];
  let compared = 0;
  for (const { file, pem, lints } of cases) {
    if (!pem.includes('BEGIN CERTIFICATE')) continue;
    const found = findings(pem);
    for (const { lint, expected } of lints) {
      const codes = [ZLINT_CODES[lint] ?? []].flat();
      // "NE": the rule was not in force when the certificate was issued; this package judges by today's rules.
      if (codes.length === 0 || expected === 'NE' || DIVERGENCES[`${file} ${lint}`] !== undefined) continue;
      compared++;
      const tripped = found.some((each) => codes.some((code) => each.startsWith(code)));
      const due = expected === 'Error' || expected === 'Warn' || expected === 'Notice';
      if (tripped !== due)
        wrong.push(
          `${file}: ${lint} expects ${expected}, ${codes.join(' or ')} was ${tripped ? 'found' : 'not found'}`,
        );
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(compared > 250, `${compared} expectations were compared`);
});

/** Codes found, `code:detail` where a detail matters; of a certificate that is refused, the code of the refusal. */
function findings(pem: string): string[] {
  try {
    return lintCertificate(Certificate.parse(pem), 'webpki').map(({ code, message }) => `${code}:${message}`);
  } catch (error) {
    if (error instanceof X509Error) return [error.code];
    throw error;
  }
}
