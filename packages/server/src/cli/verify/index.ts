import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Certificate, CertificateRevocationList, type PeerName, X509Error } from '@mortise/x509';
import type { Command } from 'commander';
import { type CommandContext, collect, type Register, show } from '../context.ts';
import { CommandFailure, wrongUse } from '../failure.ts';
import { readCertificateFile } from './certificate-file.ts';
import { chooseLeaves } from './choose-leaves.ts';
import { fetchChain } from './fetch-chain.ts';
import { readBounded } from './read-bounded.ts';
import {
  type Host,
  parseHost,
  parseName,
  parsePurpose,
  parseTime,
  suggestionFor,
} from './subject-of-verification.ts';
import { type Anchors, type Question, type Verification, verifyCertificate } from './verification.ts';
import { verificationDocument } from './verification-document.ts';
import { verificationText } from './verification-text.ts';

interface VerifyFlags {
  readonly anchor?: readonly string[];
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

/** Validates certificates of a file or a server and explains what it finds. Needs no running server of ours. Status 1: not valid. */
export const register: Register = (parent, context) => {
  const command = parent
    .command('verify')
    .description('validate the certificates of a file or of a server, and explain what is found')
    .argument('<what>', 'FILE (PEM, DER, PKCS #7, PKCS #12, JKS; - for stdin) or HOST:PORT of a TLS server');
  options(command)
    .addHelpText(
      'after',
      `
Status: 0 valid, 1 not valid, 2 wrong use, unreadable or unreachable. Nothing is fetched from URLs inside certificates.

  mortise verify example.com:443
  mortise verify --anchor root.pem --name api.example.com --at 2027-01-31 [::1]:8443
  mortise verify --anchor root.pem --purpose clientAuth --crl root.crl --revocation require client.pem`,
    )
    .action((what: string) => run(what, command.opts<VerifyFlags>(), context));
};

function options(command: Command): Command {
  return command
    .option(
      '--anchor <file>',
      'certificates to trust, of any of these formats; repeatable (default: the roots that come with Node.js)',
      collect,
    )
    .option(
      '--purpose <purpose>',
      'serverAuth, clientAuth or an object identifier (default: serverAuth for a server, any for a file)',
    )
    .option('--name <name>', 'name that the certificate must hold (default: the host, for a server)')
    .option(
      '--at <date>',
      'moment to validate for, such as 2027-01-31 or 2027-01-31T12:00:00Z (default: now)',
    )
    .option(
      '--policy <policy>',
      'rules beyond the path itself: rfc5280, or webpki for public TLS (default: none)',
    )
    .option('--crl <file>', 'CRL, PEM or DER; repeatable', collect)
    .option('--ocsp <file>', 'OCSP response, DER; repeatable', collect)
    .option(
      '--revocation <mode>',
      'available: revoked fails; require: what is not known to be good fails, too (default: available)',
    )
    .option('--passphrase-file <file>', 'file with the passphrase of a key store')
    .option('--json', 'print JSON');
}

async function run(what: string, flags: VerifyFlags, context: CommandContext): Promise<void> {
  const host = what !== '-' && !existsSync(what) ? parseHost(what) : undefined;
  const question = await questionOf(flags, host, context);
  const verification =
    host === undefined ? await verifyFile(what, flags, question) : await verifyServer(host, question);
  if (verification.verified.some(({ result }) => !result.valid)) context.exitStatus = 1;
  show(context, flags.json, verificationDocument(verification), () => verificationText(verification));
}

async function questionOf(
  flags: VerifyFlags,
  host: Host | undefined,
  context: CommandContext,
): Promise<Question> {
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
    at: flags.at === undefined ? context.now() : parseTime(flags.at),
    policy,
    revocation,
    anchors: readAnchors(flags),
    crls: await Promise.all((flags.crl ?? []).map(readCrl)),
    ocspResponses: (flags.ocsp ?? []).map(readBounded),
  };
}

async function verifyFile(path: string, flags: VerifyFlags, question: Question): Promise<Verification> {
  const bytes = readSubject(path);
  const file = readCertificateFile(path, bytes, readPassphrase(flags));
  const asked = { ...question, crls: [...question.crls, ...file.crls] };
  const leaves = chooseLeaves(file);
  const verified = [];
  for (const { alias, leaf } of leaves) {
    const shownAlias = leaves.length > 1 ? alias : undefined;
    verified.push(await verifyCertificate(leaf, shownAlias, file.certificates, asked));
  }
  const inPaths = new Set(
    verified
      .flatMap(({ leaf, result }) => [leaf, ...(result.valid ? result.path : [])])
      .map((one) => one.fingerprint256),
  );
  const others = file.certificates.filter(({ fingerprint256 }) => !inPaths.has(fingerprint256)).length;
  return { source: { kind: 'file', path, format: file.format }, question: asked, others, verified };
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

async function verifyServer(host: Host, question: Question): Promise<Verification> {
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

function readAnchors(flags: VerifyFlags): Anchors {
  const files = flags.anchor ?? [];
  if (files.length === 0)
    return { files, certificates: rootCertificates.map((pem) => Certificate.parse(pem)) };
  const passphrase = readPassphrase(flags);
  const certificates = files.flatMap(
    (path) => readCertificateFile(path, readBounded(path), passphrase).certificates,
  );
  return { files, certificates };
}

function readPassphrase({ passphraseFile }: VerifyFlags): string | undefined {
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
