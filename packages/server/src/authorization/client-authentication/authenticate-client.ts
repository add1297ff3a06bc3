import { acceptsMethod, type Client, isClientId } from '../../clients/index.ts';
import type { Form } from '../form.ts';
import type { ClientDirectory, RevocationState } from '../ports.ts';
import { Refused, refuse } from '../refusal.ts';
import type { OAuthRequest } from '../request.ts';
import type { Authenticated, ClientAuthentication, Presented, Verdict } from './method.ts';
import { presentedCredential } from './presented-credential.ts';
import { verifyNobodysSecret } from './verify-secret.ts';

export interface ClientAuthenticatorOptions {
  readonly clients: Pick<ClientDirectory, 'peek' | 'find'>;
  readonly revocation: Pick<RevocationState, 'denylist'>;
  readonly methods: readonly ClientAuthentication[];
}

/**
 * Authenticates the client of a request by its one registered method (or its former one, until the end of a move). Nothing
 * else authenticates it, whatever is right about it.
 */
export class ClientAuthenticator {
  readonly #clients: Pick<ClientDirectory, 'peek' | 'find'>;
  readonly #revocation: Pick<RevocationState, 'denylist'>;
  readonly #methods: readonly ClientAuthentication[];

  constructor(options: ClientAuthenticatorOptions) {
    this.#clients = options.clients;
    this.#revocation = options.revocation;
    this.#methods = options.methods;
  }

  async authenticate(request: OAuthRequest, form: Form, now: number): Promise<Verdict> {
    const presented = presentedCredential(request, form);
    if (presented instanceof Refused) return presented;
    const { clientId } = presented;
    const client =
      this.#clients.peek(clientId) ?? (isClientId(clientId) ? await this.#clients.find(clientId) : undefined);
    const methods =
      client === undefined ? refuse({ code: 'client_unknown' }) : this.#admitted(client, presented, now);
    if (methods instanceof Refused) {
      if ('secret' in presented) verifyNobodysSecret(presented.secret, now);
      return new Refused(methods.reason, clientId.slice(0, 128));
    }
    let verdict: Verdict | undefined;
    for (const method of methods) {
      verdict = await method.verify(presented, client!, now);
      if (!(verdict instanceof Refused)) return this.#notDenied(verdict);
    }
    return verdict!;
  }

  /** The methods by which this client may use what was presented; never none. */
  #admitted(client: Client, presented: Presented, now: number): ClientAuthentication[] | Refused {
    const { clientId, status } = client;
    if (status !== 'active') return refuse({ code: 'client_inactive', status });
    const entry = this.#revocation.denylist.denies({ clientId });
    if (entry !== undefined) return refuse({ code: 'denylisted', entry });
    const registered = this.#methods.filter(({ name }) => acceptsMethod(client, name, now));
    const sameSource = registered.filter(({ source }) => source === presented.source);
    if (sameSource.length === 0) {
      return refuse({
        code: 'method_not_registered',
        source: presented.source,
        registered: registered.map(({ name }) => name),
      });
    }
    const admitted = sameSource.filter((method) => method.admits?.(presented) ?? true);
    if (admitted.length > 0) return admitted;
    return presented.source === 'client_assertion'
      ? refuse({
          code: 'assertion_algorithm_refused',
          presented: presented.assertion.algorithm,
          allowed: sameSource.map(({ name }) => name),
        })
      : refuse({ code: 'method_not_registered', source: presented.source, registered: [] });
  }

  #notDenied(verdict: Authenticated): Verdict {
    const { credentialId, client } = verdict;
    if (credentialId === undefined || verdict.certificate !== undefined) return verdict;
    const entry = this.#revocation.denylist.denies({ credentialIds: [credentialId] });
    return entry === undefined ? verdict : refuse({ code: 'denylisted', entry }, client.clientId);
  }
}
