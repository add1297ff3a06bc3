import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Why a file cannot be used as PEM of certificates, naming it; undefined where it can. */
export function certificateFileProblem(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    return `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  const blocks = text.match(pemBlock) ?? [];
  if (blocks.length === 0) return `${path} holds no certificate in PEM`;
  return blocks.every(isCertificate) ? undefined : `${path} holds a certificate that cannot be read`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
