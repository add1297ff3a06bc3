import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../../../packages/server/src/acme/testing/run-program.ts';
import { type AcmeSite, readChain } from './acme-site.ts';

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
  const clientId = `by-${name}`;
  const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
  const created = await site.mortise('client', 'create', clientId, ...method, '--enrol');
  const { commands } = created['enrolment'] as { commands: Record<string, string> };
  const identifier = `${clientId}.clients.localhost`;
  const chain = join(cwd, chainAt(identifier));
  const fingerprints: string[] = [];
  for (const typed of [issue, renew]) {
    await runProgram('sh', ['-c', typed(commands[name]!)], { cwd });
    const [leaf] = readChain(chain);
    assert.deepEqual(leaf!.subjectAltName, [
      { type: 'dns', value: identifier },
      { type: 'uri', value: `${site.server.issuer}/clients/${clientId}` },
    ]);
    fingerprints.push(leaf!.fingerprint256);
  }
  const shown = await site.mortise('client', 'show', clientId);
  const credentials = shown['credentials'] as { fingerprint256: string }[];
  assert.equal(new Set(fingerprints).size, 2);
  assert.deepEqual(new Set(credentials.map((each) => each.fingerprint256)), new Set(fingerprints));
}
