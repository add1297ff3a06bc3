import { existsSync } from 'node:fs';
import { CommandFailure } from '../failure.ts';
import { readCertificateFile } from './certificate-file.ts';
import { chooseLeaves } from './choose-leaves.ts';
import { readBounded } from './read-bounded.ts';
import { suggestionFor } from './subject-of-verification.ts';
import { type Question, type Verification, type Verified, verifyCertificate } from './verification.ts';

/** Verifies what a file holds, its other certificates at hand to build with. Throws CommandFailure with status 2. */
export async function verifyFile(
  path: string,
  passphrase: string | undefined,
  question: Question,
): Promise<Verification> {
  const file = readCertificateFile(path, readSubject(path), passphrase);
  const asked = { ...question, crls: [...question.crls, ...file.crls] };
  const leaves = chooseLeaves(file);
  const verified: Verified[] = [];
  for (const { alias, leaf } of leaves) {
    const shownAlias = leaves.length > 1 ? alias : undefined;
    verified.push(await verifyCertificate(leaf, shownAlias, file.certificates, asked));
  }
  const seen = new Set(verified.flatMap(certificatesOf));
  const others = file.certificates.filter(({ fingerprint256 }) => !seen.has(fingerprint256)).length;
  return { source: { kind: 'file', path, format: file.format }, question: asked, others, verified };
}

/** Fingerprints of what the explanation shows. */
function certificatesOf({ leaf, result }: Verified): string[] {
  const paths = result.valid ? [result.path] : result.candidates.map(({ path }) => path);
  return [leaf, ...paths.flat()].map(({ fingerprint256 }) => fingerprint256);
}

/** What is no file may have been meant as a server. */
function readSubject(path: string): Buffer {
  try {
    return readBounded(path);
  } catch (error) {
    if (!(error instanceof CommandFailure) || existsSync(path)) throw error;
    throw new CommandFailure(2, error.code, error.message + suggestionFor(path));
  }
}
