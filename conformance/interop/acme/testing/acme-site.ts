import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Certificate } from '@mortise/x509';
import { type DnsServer, startDnsServer } from '../../../../packages/server/src/acme/testing/dns-server.ts';
import { listening, openAcme } from '../../../../packages/server/src/acme/testing/open-acme.ts';
import { runCommand } from '../../../../packages/server/src/cli/testing/run-command.ts';
import type { TestServer } from '../../../../packages/server/src/start/testing/running-server.ts';
import { claimPort } from '../../../../testing/claim-port.ts';

export interface AcmeSite {
  readonly server: TestServer;
  /** URL of the directory of the profile `server`. */
  readonly directory: string;
  /** PEM of the root, for clients to trust. */
  readonly caFile: string;
  /** Where validation by http-01 and tls-alpn-01 connects to; http has a listener of its own with `webroot`. */
  readonly ports: { readonly http: number; readonly tls: number };
  /** What is served at `/.well-known/acme-challenge/`, if it was asked for. */
  readonly webroot: string;
  readonly dns: DnsServer;
  /** The environment of `dns-hook.sh`. */
  readonly hookEnvironment: Readonly<Record<string, string>>;
  /** A new folder. */
  place(name: string): string;
  /** Runs `mortise`; the JSON that it printed. */
  mortise(...words: string[]): Promise<Record<string, unknown>>;
  /** Fails unless the certificate is on record and as revoked as `revoked` says. */
  isOnRecord(certificate: Certificate, expected: { revoked: boolean }): Promise<void>;
}

export const dnsHook = fileURLToPath(new URL('./dns-hook.sh', import.meta.url));

/**
 * A server whose validations ask pebble-challtestsrv for names and connect to loopback; everything ends after the tests of
 * the file. Undefined where the tests are skipped.
 */
export async function openSite(
  skip: string | false,
  options: { readonly webroot?: boolean } = {},
): Promise<AcmeSite> {
  // Nothing runs then that could miss it.
  if (skip !== false) return undefined as unknown as AcmeSite;
  const folder = mkdtempSync(join(tmpdir(), 'mortise-acme-'));
  const webroot = join(folder, 'webroot');
  mkdirSync(webroot);
  const dns = await startDnsServer();
  const ports = {
    http: options.webroot === true ? await serveFiles(webroot) : await claimPort(),
    tls: await claimPort(),
  };
  const flags = { acmeHttpPort: ports.http, acmeTlsPort: ports.tls, acmeNameServer: dns.address };
  const { server } = await openAcme(flags);
  after(() => rmSync(folder, { recursive: true, force: true }));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, server.ca);
  const mortise: AcmeSite['mortise'] = async (...words) => {
    const result = await runCommand([...words, '--data', server.data, '--json']);
    assert.equal(result.status, 0, result.stderr);
    return result.json();
  };
  return {
    server,
    directory: `${server.issuer}/acme/server/directory`,
    caFile,
    ports,
    webroot,
    dns,
    hookEnvironment: { DNS_MANAGEMENT: dns.management },
    mortise,
    place(name) {
      const path = join(folder, name);
      mkdirSync(path);
      return path;
    },
    async isOnRecord(certificate, { revoked }) {
      const shown = await mortise('certificate', 'show', certificate.fingerprint256);
      assert.equal('revoked_at' in shown, revoked, JSON.stringify(shown));
    },
  };
}

async function serveFiles(folder: string): Promise<number> {
  const web = createServer((request, response) => {
    try {
      response.end(readFileSync(join(folder, basename(request.url ?? ''))));
    } catch {
      response.writeHead(404).end();
    }
  });
  const port = await listening(web);
  after(() => {
    web.closeAllConnections();
    web.close();
  });
  return port;
}

export const readChain = (path: string): Certificate[] => Certificate.parseAll(readFileSync(path, 'utf8'));

export const dnsNames = (certificate: Certificate): string[] =>
  (certificate.subjectAltName ?? []).map((name) => (name.type === 'dns' ? name.value : name.type)).sort();
