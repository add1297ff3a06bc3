import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CommandFailure, wrongUse } from '../failure.ts';
import { type HttpsIdentity, httpsJson } from './https-json.ts';

/** The flags by which a command finds its server. */
export interface TargetFlags {
  readonly data?: string;
  readonly server?: string;
  readonly credential?: string;
  readonly caFingerprint?: string;
  readonly ca?: string;
  readonly adminId?: string;
  readonly json?: boolean;
}

/** A server, and who asks. */
export interface Target {
  readonly issuer: string;
  readonly mtlsUrl: string;
  /** The client that administers. */
  readonly clientId: string;
  readonly identity: HttpsIdentity;
}

/** DATA/server.json, which `serve` writes for the commands. */
export interface ServerFile {
  readonly issuer: string;
  readonly mtls: string;
  readonly pki: string;
  /** SHA-256 of each root, lower-case hexadecimal. */
  readonly ca_fingerprints: readonly string[];
  readonly listening: Readonly<Record<'public' | 'mtls' | 'pki' | 'metrics', string>>;
}

export function targetOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory of the server (default: MORTISE_DATA or ./mortise-data)')
    .option('--server <url>', 'a server elsewhere, instead of --data')
    .option(
      '--credential <file>',
      "PEM with the administrator's key and certificates, or a folder with key.pem and cert.pem",
    )
    .option('--ca-fingerprint <sha256>', "SHA-256 of the server's root certificate")
    .option('--ca <file>', "the server's root certificate, instead of its fingerprint")
    .option('--admin-id <client_id>', 'client that administers (default: the one its certificate names)')
    .option('--json', 'print JSON');
}

/** Finds the server. Throws CommandFailure with status 2. */
export async function findTarget(
  flags: TargetFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Target> {
  const server = flags.server ?? (flags.data === undefined ? environment['MORTISE_SERVER'] : undefined);
  if (server === undefined)
    return localTarget(flags.data ?? environment['MORTISE_DATA'] ?? './mortise-data', flags);
  const credential = flags.credential ?? environment['MORTISE_CREDENTIAL'];
  if (credential === undefined) throw wrongUse('--server needs --credential FILE');
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:')
    throw wrongUse('--server must be an https URL');
  return remoteTarget(server.replace(/\/+$/, ''), credential, flags, environment['MORTISE_CA_FINGERPRINT']);
}

/** Reads DATA/server.json. Throws CommandFailure with status 2. */
export function readServerFile(data: string): ServerFile {
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

function localTarget(data: string, flags: TargetFlags): Target {
  const file = readServerFile(data);
  const folder = flags.credential ?? join(data, 'admin');
  const { keyPem, certificatePem } = readCredential(folder);
  const trustedPem = readText(flags.ca ?? join(data, 'admin', 'ca.pem'));
  return {
    issuer: file.issuer,
    mtlsUrl: file.mtls,
    clientId: flags.adminId ?? clientOf(certificatePem),
    identity: { trustedPem, keyPem, certificatePem },
  };
}

async function remoteTarget(
  server: string,
  credential: string,
  flags: TargetFlags,
  fingerprintVariable: string | undefined,
): Promise<Target> {
  const fingerprint = flags.caFingerprint ?? fingerprintVariable;
  let trustedPem: string;
  if (flags.ca !== undefined) trustedPem = readText(flags.ca);
  else if (fingerprint !== undefined) trustedPem = await rootByFingerprint(server, fingerprint);
  else
    throw wrongUse(
      '--server needs --ca-fingerprint SHA256 (the server prints it at its first start) or --ca FILE',
    );
  const { keyPem, certificatePem } = readCredential(credential);
  const metadata = await httpsJson({ trustedPem }, 'GET', `${server}/.well-known/oauth-authorization-server`);
  const { issuer, mtls_endpoint_aliases: aliases } = (metadata.body ?? {}) as {
    issuer?: string;
    mtls_endpoint_aliases?: { token_endpoint?: string };
  };
  const tokenEndpoint = aliases?.token_endpoint;
  if (metadata.status !== 200 || issuer === undefined || tokenEndpoint === undefined) {
    throw new CommandFailure(2, 'server_unexpected', `${server} is not a Mortise server`);
  }
  return {
    issuer,
    mtlsUrl: tokenEndpoint.replace(/\/oauth2\/token$/, ''),
    clientId: flags.adminId ?? clientOf(certificatePem),
    identity: { trustedPem, keyPem, certificatePem },
  };
}

/** Fetches the roots over a connection that nothing vouches for yet, and keeps the one whose SHA-256 was given. */
export async function rootByFingerprint(server: string, fingerprint: string): Promise<string> {
  const wanted = fingerprint.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(wanted)) throw wrongUse('--ca-fingerprint must be a SHA-256 in hexadecimal');
  const bundle = await fetchUntrusted(`${server}/ca/roots.pem`);
  for (const pem of bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []) {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    if (createHash('sha256').update(der).digest('hex') === wanted) return `${pem}\n`;
  }
  throw new CommandFailure(
    2,
    'ca_mismatch',
    `${server} has no root certificate with the fingerprint ${wanted}`,
  );
}

function fetchUntrusted(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void =>
      reject(new CommandFailure(2, 'server_unreachable', `${url} cannot be read: ${why}`));
    // Nothing is sent and nothing is believed but a certificate whose hash the person gave.
    const outgoing = request(
      url,
      { rejectUnauthorized: false, agent: false, timeout: 10_000 },
      (incoming) => {
        let text = '';
        incoming.setEncoding('latin1');
        incoming.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > 262_144) outgoing.destroy(new Error('too long'));
        });
        incoming.on('end', () =>
          incoming.statusCode === 200 ? resolve(text) : refuse(`status ${incoming.statusCode}`),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      refuse(error.message || (error.code ?? 'no connection')),
    );
    outgoing.end();
  });
}

/** A key and its certificates from one PEM file, or from a folder with key.pem and cert.pem. */
export function readCredential(path: string): { keyPem: string; certificatePem: string } {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch {
    throw new CommandFailure(2, 'credential_unreadable', `${path} does not exist`);
  }
  if (folder)
    return { keyPem: readText(join(path, 'key.pem')), certificatePem: readText(join(path, 'cert.pem')) };
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
  return { keyPem: key, certificatePem: `${certificates.join('\n')}\n` };
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

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CommandFailure(2, 'credential_unreadable', `${path} cannot be read (${code})`);
  }
}
