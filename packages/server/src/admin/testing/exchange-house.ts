import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { AcmeClient } from '../../acme/testing/acme-client.ts';
import { runCommand } from '../../cli/testing/run-command.ts';
import {
  send,
  startTestServer,
  type TestAnswer,
  type TestServer,
} from '../../start/testing/running-server.ts';

export interface Credential {
  readonly key: string;
  readonly cert: string;
}

/** A server with a clock that is moved by hand, and clients that exchange their tokens. */
export interface ExchangeHouse {
  readonly server: TestServer;
  readonly clock: { aheadMs: number };
  /** Runs a command as the administrator; rejects if it fails. */
  mortise(...argv: string[]): Promise<Record<string, unknown>>;
  /** A client of `tls_client_auth` with a certificate and these scopes for the admin API. */
  client(id: string, scope?: string): Promise<Credential>;
  token(id: string, credential: Credential, scope?: string): Promise<string>;
  exchange(token: string | undefined, credential: Credential | undefined): Promise<TestAnswer>;
  /** An account by what an exchange answered, or why there is none. */
  register(enrolment: Record<string, unknown>): Promise<{ acme: AcmeClient; status: number; type: string }>;
}

export async function openExchangeHouse(
  flags: Readonly<Record<string, unknown>> = {},
): Promise<ExchangeHouse> {
  const clock = { aheadMs: 0 };
  const server = await startTestServer({ flags, clock: () => Date.now() + clock.aheadMs });
  after(() => server.discard());
  const { data, mtls, ca } = server;
  const mortise = async (...argv: string[]) => {
    const result = await runCommand([...argv, '--data', data, '--json']);
    if (result.status !== 0) throw new Error(result.stderr);
    return result.json();
  };
  return {
    server,
    clock,
    mortise,
    client: async (id, scope = 'mortise:enrol') => {
      const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
      await mortise('client', 'create', id, ...method, '--scope', scope, '--resource', `${mtls}/admin/v1`);
      const out = join(data, id);
      await mortise('certificate', 'issue', '--client', id, '--out', out);
      return {
        key: readFileSync(join(out, 'key.pem'), 'utf8'),
        cert: readFileSync(join(out, 'cert.pem'), 'utf8'),
      };
    },
    token: async (id, credential, scope = 'mortise:enrol') => {
      const answer = await send(`${mtls}/oauth2/token`, {
        ...credential,
        ca,
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, scope }),
      });
      if (answer.status !== 200) throw new Error(answer.text);
      return String(answer.json()['access_token']);
    },
    exchange: (token, credential) =>
      send(`${mtls}/admin/v1/enrolments`, {
        ...credential,
        ca,
        method: 'POST',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      }),
    register: async (enrolment) => {
      const directoryUrl = String(enrolment['directory']);
      const acme = await new AcmeClient({ directoryUrl, ca }).open();
      const answer = await acme.register({
        externalAccountBinding: acme.binding(String(enrolment['eab_kid']), String(enrolment['eab_hmac_key'])),
      });
      return { acme, status: answer.status, type: String(answer.json.type) };
    },
  };
}
