import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Anchors, ClientOptions } from '@mortise/client';
import type { Command } from 'commander';
import { CommandFailure, wrongUse } from '../failure.ts';

/** The flags by which a command finds its server. */
export interface ServerFlags {
  readonly data?: string;
  readonly server?: string;
  readonly caFingerprint?: string;
  readonly ca?: string;
}

/** And those by which it finds whom it acts as. */
export interface TargetFlags extends ServerFlags {
  readonly credential?: string;
  readonly adminId?: string;
  readonly json?: boolean;
}

/** Where a server is, and what its certificate must come from. */
export interface ServerLocation {
  /** The issuer, or for a server elsewhere what `--server` said. */
  readonly url: string;
  /** Known beforehand for a data directory on this machine. */
  readonly mtlsUrl?: string;
  readonly anchors: Anchors;
}

/** A server, and who asks. */
export interface Target extends ServerLocation {
  /** The client that administers. */
  readonly clientId: string;
  readonly certificate: NonNullable<ClientOptions['certificate']>;
}

/** DATA/server.json, which `serve` writes for the commands. */
interface ServerFile {
  readonly issuer: string;
  readonly mtls: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function serverOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory of the server (default: MORTISE_DATA or ./mortise-data)')
    .option('--server <url>', 'issuer of a server elsewhere, instead of --data')
    .option('--ca-fingerprint <sha256>', "SHA-256 of that server's root certificate")
    .option('--ca <file>', "that server's root certificate, instead of its fingerprint");
}

export function targetOptions(command: Command): Command {
  return serverOptions(command)
    .option(
      '--credential <file>',
      "PEM with the administrator's key and certificates, or a folder with key.pem and cert.pem",
    )
    .option('--admin-id <client_id>', 'client that administers (default: the one its certificate names)')
    .option('--json', 'print JSON');
}

/** Throws CommandFailure with status 2. */
export function locateServer(flags: ServerFlags, environment: Environment): ServerLocation {
  const server = flags.server ?? (flags.data === undefined ? environment['MORTISE_SERVER'] : undefined);
  if (server === undefined) {
    const data = dataOf(flags, environment);
    const { issuer, mtls } = readServerFile(data);
    return { url: issuer, mtlsUrl: mtls, anchors: readText(flags.ca ?? join(data, 'admin', 'ca.pem')) };
  }
  if (URL.parse(server)?.protocol !== 'https:') throw wrongUse('--server must be an https URL');
  const fingerprint256 = flags.caFingerprint ?? environment['MORTISE_CA_FINGERPRINT'];
  const url = server.replace(/\/+$/, '');
  if (flags.ca !== undefined) return { url, anchors: readText(flags.ca) };
  if (fingerprint256 !== undefined) return { url, anchors: { fingerprint256 } };
  throw wrongUse('--server needs --ca-fingerprint SHA256 (serve logs it when it is ready) or --ca FILE');
}

/** Finds the server and the administrator's credential. Throws CommandFailure with status 2. */
export function findTarget(flags: TargetFlags, environment: Environment): Target {
  const location = locateServer(flags, environment);
  const named = flags.credential ?? environment['MORTISE_CREDENTIAL'];
  if (named === undefined && location.mtlsUrl === undefined)
    throw wrongUse('--server needs --credential FILE');
  const certificate = readCredential(named ?? join(dataOf(flags, environment), 'admin'));
  return { ...location, certificate, clientId: flags.adminId ?? clientOf(certificate.cert) };
}

function dataOf(flags: ServerFlags, environment: Environment): string {
  return flags.data ?? environment['MORTISE_DATA'] ?? './mortise-data';
}

function readServerFile(data: string): ServerFile {
  try {
    return JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as ServerFile;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const message = `${data} is not a data directory with a server; give --data DIR, or start one with "mortise serve"`;
      throw new CommandFailure(2, 'no_server', message);
    }
    throw new CommandFailure(
      2,
      'no_server',
      `${join(data, 'server.json')} cannot be read (${code ?? 'not JSON'})`,
    );
  }
}

/** A key and its certificates from one PEM file, or from a folder with key.pem and cert.pem. */
export function readCredential(path: string): { key: string; cert: string } {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch {
    throw new CommandFailure(2, 'credential_unreadable', `${path} does not exist`);
  }
  if (folder) {
    // In a folder of "mortise agent" both come through this link, which may be moved between the one and the other.
    const current = join(path, 'current');
    const place = existsSync(current) ? realpathSync(current) : path;
    return { key: readText(join(place, 'key.pem')), cert: readText(join(place, 'cert.pem')) };
  }
  const text = readText(path);
  const key = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]+-----END \1-----/.exec(text)?.[0];
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (key === undefined || certificates === null) {
    throw new CommandFailure(
      2,
      'credential_unreadable',
      `${path} must hold a private key and its certificates as PEM`,
    );
  }
  return { key, cert: `${certificates.join('\n')}\n` };
}

/** The client that a certificate issued here names: the last part of its `…/clients/ID` URI. */
function clientOf(certificatePem: string): string {
  let names: string | undefined;
  try {
    names = new X509Certificate(certificatePem).subjectAltName;
  } catch {
    throw new CommandFailure(2, 'credential_unreadable', 'the credential holds no readable certificate');
  }
  const named = /URI:[^,]*\/clients\/([A-Za-z0-9._~-]+)/.exec(names ?? '')?.[1];
  if (named === undefined) throw wrongUse('the certificate names no client; give --admin-id CLIENT_ID');
  return named;
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CommandFailure(2, 'file_unreadable', `${path} cannot be read (${code})`);
  }
}
