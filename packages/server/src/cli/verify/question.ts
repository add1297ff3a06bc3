import { isIP } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import {
  Certificate,
  CertificateRevocationList,
  OcspResponse,
  type PeerName,
  X509Error,
} from '@mortise/x509';
import { CommandFailure, wrongUse } from '../failure.ts';
import { readCertificateFile } from './certificate-file.ts';
import { readBounded } from './read-bounded.ts';
import { type Host, parseName, parsePurpose, parseTime } from './subject-of-verification.ts';
import type { Anchors, Question } from './verification.ts';

export interface VerifyFlags {
  readonly anchor?: readonly string[];
  readonly data?: string;
  readonly purpose?: string;
  readonly name?: string;
  readonly at?: string;
  readonly policy?: string;
  readonly crl?: readonly string[];
  readonly ocsp?: readonly string[];
  readonly revocation?: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

/** What is asked, from the flags; a server's name and purpose go without saying. Throws CommandFailure with status 2. */
export async function questionOf(flags: VerifyFlags, host: Host | undefined, now: number): Promise<Question> {
  const { policy, revocation = 'available' } = flags;
  if (policy !== undefined && policy !== 'rfc5280' && policy !== 'webpki') {
    throw wrongUse('--policy must be rfc5280 or webpki');
  }
  if (revocation !== 'available' && revocation !== 'require') {
    throw wrongUse('--revocation must be available or require');
  }
  const ofHost: PeerName | undefined =
    host === undefined ? undefined : { type: isIP(host.host) === 0 ? 'dns' : 'ip', value: host.host };
  return {
    name: flags.name === undefined ? ofHost : parseName(flags.name),
    purpose:
      flags.purpose === undefined
        ? host === undefined
          ? undefined
          : 'serverAuth'
        : parsePurpose(flags.purpose),
    at: flags.at === undefined ? now : parseTime(flags.at),
    policy,
    revocation,
    anchors: readAnchors(flags),
    crls: await Promise.all((flags.crl ?? []).map(readCrl)),
    ocspResponses: (flags.ocsp ?? []).map(readOcspResponse),
  };
}

function readAnchors(flags: VerifyFlags): Anchors {
  const { anchor = [], data } = flags;
  const files = data === undefined ? anchor : [...anchor, join(data, 'admin', 'ca.pem')];
  if (files.length === 0)
    return { files, certificates: rootCertificates.map((pem) => Certificate.parse(pem)) };
  const passphrase = readPassphrase(flags);
  const certificates = files.flatMap(
    (path) => readCertificateFile(path, readBounded(path), passphrase).certificates,
  );
  return { files, certificates };
}

/** Without the newline at its end. */
export function readPassphrase({ passphraseFile }: VerifyFlags): string | undefined {
  return passphraseFile === undefined
    ? undefined
    : readBounded(passphraseFile)
        .toString('utf8')
        .replace(/\r?\n$/, '');
}

async function readCrl(path: string): Promise<CertificateRevocationList> {
  try {
    return await CertificateRevocationList.load(readBounded(path));
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new CommandFailure(
      2,
      error.code,
      `${path} cannot be read as a CRL: ${error.message} (${error.code})`,
    );
  }
}

function readOcspResponse(path: string): OcspResponse {
  try {
    return OcspResponse.parse(readBounded(path));
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new CommandFailure(
      2,
      error.code,
      `${path} cannot be read as an OCSP response: ${error.message} (${error.code})`,
    );
  }
}
