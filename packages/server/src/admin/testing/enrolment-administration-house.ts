import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Enrolments } from '../../acme/testing/enrolments.ts';
import { type AcmeHouse, openAcme } from '../../acme/testing/open-acme.ts';
import { send } from '../../start/testing/running-server.ts';

interface Credential {
  readonly key: string;
  readonly cert: string;
}

/** What an event says, but for its kind. */
interface Told {
  readonly actor: string;
  readonly client_id?: string;
  readonly data?: object;
}

export interface AdministrationHouse {
  readonly acme: AcmeHouse;
  readonly enrolments: Enrolments;
  readonly data: string;
  /** Runs a command as the administrator, and what it prints as JSON; rejects if it fails. */
  mortise<Shown = Record<string, unknown>>(...argv: string[]): Promise<Shown>;
  events(act: string, objectId: string): Promise<Told[]>;
  /** A client that administers by this scope alone, with a token. */
  tokenOf(scope: string): Promise<{ readonly credential: Credential; readonly token: string }>;
}

export async function openAdministrationHouse(): Promise<AdministrationHouse> {
  const acme = await openAcme();
  const { data, mtls, ca } = acme.server;
  const enrolments = new Enrolments(acme);
  const mortise = <Shown>(...argv: string[]) => enrolments.mortise<Shown>(...argv);
  const made = new Map<string, Credential>();
  const credentialOf = async (scope: string): Promise<Credential> => {
    const id = `only-${scope.replace(':', '-')}`;
    const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
    await mortise('client', 'create', id, ...method, '--scope', scope, '--resource', `${mtls}/admin/v1`);
    const out = join(data, id);
    await mortise('certificate', 'issue', '--client', id, '--out', out);
    return {
      key: readFileSync(join(out, 'key.pem'), 'utf8'),
      cert: readFileSync(join(out, 'cert.pem'), 'utf8'),
    };
  };
  return {
    acme,
    enrolments,
    data,
    mortise,
    events: async (act, objectId) => {
      const events = await mortise<(Told & { act: string; object: { id: string } })[]>(
        ...['audit', 'list', '--limit', '1000'],
      );
      return events
        .filter((event) => event.act === act && event.object.id === objectId)
        .map(({ actor, client_id: clientId, data: told }) => ({
          actor,
          ...(clientId === undefined ? {} : { client_id: clientId }),
          ...(told === undefined ? {} : { data: told }),
        }));
    },
    tokenOf: async (scope) => {
      const credential = made.get(scope) ?? (await credentialOf(scope));
      made.set(scope, credential);
      const answer = await send(`${mtls}/oauth2/token`, {
        ...credential,
        ca,
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: `only-${scope.replace(':', '-')}`,
          scope,
        }),
      });
      if (answer.status !== 200) throw new Error(answer.text);
      return { credential, token: String(answer.json()['access_token']) };
    },
  };
}
