import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { encodePem } from '@mortise/x509';
import { claimPort } from '../../../../../../testing/claim-port.ts';
import { callWithCertificate } from './call-with-certificate.ts';
import { filesFor, type Issued, type PublishingHouse } from './open-publishing.ts';

export interface WebServer {
  readonly port: number;
  /** PEM of the root. */
  readonly ca: string;
  /** What stands in its error.log so far. */
  readonly log: () => string;
}

/**
 * A web server that asks for certificates, until the test ends. It finds cert.pem and key.pem, trusted.pem (the authorities of `issued`,
 * the root alone in root.pem) and crls.pem in its folder, where it writes error.log; it answers when this resolves.
 */
export async function startWebServer(
  test: TestContext,
  house: PublishingHouse,
  issued: Issued,
  program: {
    readonly path: string;
    readonly argv: (folder: string, configuration: string) => readonly string[];
    readonly configuration: (port: number) => string;
  },
): Promise<WebServer> {
  const server = await house.issue();
  const port = await claimPort();
  const crl = async (path: string) => encodePem('X509 CRL', (await house.get(path)).body);
  const ca = house.authority.roots()[0]!.toPem();
  const folder = filesFor(test, {
    'root.pem': ca,
    'trusted.pem': issued.chain.map((each) => each.toPem()).join('') + ca,
    'cert.pem': [server.certificate, ...server.chain].map((each) => each.toPem()).join(''),
    'key.pem': server.keyPem!,
    'crls.pem': (await crl(house.crlPath(issued.certificate))) + (await crl(house.crlPath(issued.chain[0]!))),
    'server.conf': program.configuration(port),
  });
  const child = spawn(program.path, program.argv(folder, join(folder, 'server.conf')), { stdio: 'ignore' });
  test.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const log = (): string => readFileSync(join(folder, 'error.log'), 'utf8');
  for (let left = 200; ; left -= 1) {
    const status = await callWithCertificate(port, ca, issued);
    if (status !== 'refused') return { port, ca, log };
    assert.ok(left > 0 && child.exitCode === null, `${program.path} answers`);
    await wait(25);
  }
}
