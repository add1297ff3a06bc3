import { isIP } from 'node:net';
import { Certificate, X509Error } from '@mortise/x509';
import { CommandFailure } from '../failure.ts';
import { fetchChain } from './fetch-chain.ts';
import type { Host } from './subject-of-verification.ts';
import { type Question, type Verification, verifyCertificate } from './verification.ts';

/** Verifies what a server shows, by its own chain and stapled OCSP response. Throws CommandFailure with status 2. */
export async function verifyServer(host: Host, question: Question): Promise<Verification> {
  const { name } = question;
  const served = await fetchChain(host, name?.type === 'dns' ? name.value : nameOf(host));
  const [first, ...rest] = served.certificates;
  let leaf: Certificate;
  try {
    leaf = Certificate.parse(first!);
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new CommandFailure(
      2,
      error.code,
      `the certificate of ${served.address} cannot be read: ${error.message}`,
    );
  }
  const { ocspResponse } = served;
  const asked = {
    ...question,
    ocspResponses: [...question.ocspResponses, ...(ocspResponse === undefined ? [] : [ocspResponse])],
  };
  const certificates = rest.flatMap((der) => parseOrSkip(der));
  const verified = [await verifyCertificate(leaf, undefined, certificates, asked)];
  return { source: { kind: 'server', ...served }, question: asked, others: 0, verified };
}

function nameOf({ host }: Host): string | undefined {
  return isIP(host) === 0 ? host : undefined;
}

/** A server may send anything behind its own certificate. */
function parseOrSkip(der: Buffer): Certificate[] {
  try {
    return [Certificate.parse(der)];
  } catch (error) {
    if (error instanceof X509Error) return [];
    throw error;
  }
}
