import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from '../../../../packages/server/src/acme/testing/run-program.ts';
import { type AcmeSite, readChain } from './acme-site.ts';

/**
 * The test that a client follows the command line which `client create --enrol` answers with: external account binding, and
 * a certificate that is the client's credential. `chainAt`: where the client leaves the chain; `own`: flags beside.
 */
export function enrolmentTest(
  name: 'certbot' | 'lego',
  skip: string | false,
  site: AcmeSite,
  chainAt: (identifier: string) => string,
  own = '',
): void {
  test(`the command line for ${name} that an enrolment answers with works as it stands`, {
    skip,
  }, async () => {
    const cwd = site.place(`${name}-enrolment`);
    writeFileSync(join(cwd, 'ca.pem'), site.server.ca);
    const clientId = `by-${name}`;
    const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
    const created = await site.mortise('client', 'create', clientId, ...method, '--enrol');
    const { commands } = created['enrolment'] as { commands: Record<string, string> };
    await runProgram('sh', ['-c', commands[name]! + own], { cwd });
    const identifier = `${clientId}.clients.localhost`;
    const [leaf] = readChain(join(cwd, chainAt(identifier)));
    assert.deepEqual(leaf!.subjectAltName, [
      { type: 'dns', value: identifier },
      { type: 'uri', value: `${site.server.issuer}/clients/${clientId}` },
    ]);
    const shown = await site.mortise('client', 'show', clientId);
    const credentials = shown['credentials'] as { fingerprint256: string }[];
    assert.equal(credentials[0]?.fingerprint256, leaf!.fingerprint256);
  });
}
