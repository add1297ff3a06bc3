import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '@mortise/x509';
import { runProgram } from '../../../../packages/server/src/acme/testing/run-program.ts';
import { type AcmeSite, readChain } from './acme-site.ts';

export interface Enrolment {
  readonly clientId: string;
  /** The DNS name to order. */
  readonly identifier: string;
  readonly directory: string;
  readonly eab_kid: string;
  readonly eab_hmac_key: string;
  /** Ready command lines, by the ACME client's name. */
  readonly commands: Readonly<Record<string, string>>;
}

/** Registers a client with a key for external account binding. */
export async function enrolment(site: AcmeSite, clientId: string): Promise<Enrolment> {
  const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
  const created = await site.mortise('client', 'create', clientId, ...method, '--enrol');
  return { clientId, ...(created['enrolment'] as Omit<Enrolment, 'clientId'>) };
}

/** Fails unless these are certificates of the client, and all of its credentials. */
export async function areCredentials(
  site: AcmeSite,
  { clientId, identifier }: Enrolment,
  certificates: readonly Certificate[],
): Promise<void> {
  for (const leaf of certificates) {
    assert.deepEqual(leaf.subjectAltName, [
      { type: 'dns', value: identifier },
      { type: 'uri', value: `${site.server.issuer}/clients/${clientId}` },
    ]);
  }
  const shown = await site.mortise('client', 'show', clientId);
  const credentials = shown['credentials'] as { fingerprint256: string }[];
  const expected = new Set(certificates.map(({ fingerprint256 }) => fingerprint256));
  assert.equal(expected.size, certificates.length);
  assert.deepEqual(new Set(credentials.map((each) => each.fingerprint256)), expected);
}

/**
 * Types the command line that `client create --enrol` answers with, which binds an account to the client, and then a
 * renewal: both certificates have to be credentials of the client. `chainAt`: where the ACME client leaves the chain;
 * `issue` and `renew`: what is typed, given that line.
 */
export async function enrol(
  name: 'certbot' | 'lego',
  site: AcmeSite,
  {
    chainAt,
    issue,
    renew,
  }: {
    readonly chainAt: (identifier: string) => string;
    readonly issue: (line: string) => string;
    readonly renew: (line: string) => string;
  },
): Promise<void> {
  const cwd = site.place(`${name}-enrolment`);
  writeFileSync(join(cwd, 'ca.pem'), site.server.ca);
  const made = await enrolment(site, `by-${name}`);
  const chain = join(cwd, chainAt(made.identifier));
  const certificates: Certificate[] = [];
  for (const typed of [issue, renew]) {
    await runProgram('sh', ['-c', typed(made.commands[name]!)], { cwd });
    certificates.push(readChain(chain)[0]!);
  }
  await areCredentials(site, made, certificates);
}
