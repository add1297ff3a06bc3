import { hash, randomBytes } from 'node:crypto';
import { acceptsMethod, type Client, isClientId } from '../../clients/index.ts';
import { type Eventually, onceThere } from '../eventually.ts';
import type { Form } from '../form.ts';
import type { ClientDirectory, RevocationState } from '../ports.ts';
import { Refused, refuse } from '../refusal.ts';
import type { OAuthRequest } from '../request.ts';
import type { Authenticated, ClientAuthentication, Presented, Verdict } from './method.ts';
import { presentedCredential } from './presented-credential.ts';
import { verifyNobodysSecret } from './verify-secret.ts';

const salt = randomBytes(16).toString('hex');

/** An id that no client has: another one beside each. */
const nobodyBeside = (clientId: string): string =>
  `nobody-${hash('sha256', `${salt}${clientId}`, 'base64url')}`;

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

  authenticate(request: OAuthRequest, form: Form, now: number): Eventually<Verdict> {
    const presented = presentedCredential(request, form);
    if (presented instanceof Refused) return presented;
    const { clientId } = presented;
    const inMemory = this.#clients.peek(clientId);
    if (inMemory === undefined) {
      const client = isClientId(clientId) ? this.#clients.find(clientId) : undefined;
      return onceThere(client, (found) => this.#verify(presented, found, now));
    }
    const verdict = this.#verify(presented, inMemory, now);
    return 'secretHash' in presented
      ? onceThere(verdict, (one) => this.#asDearAsUnknown(one, clientId))
      : verdict;
  }

  /**
   * A refusal takes the look-up in the database that an unknown client's takes, so that time does not tell whether one exists. By a name of its
   * own for each client, since look-ups of one name at the same moment are one.
   */
  #asDearAsUnknown(verdict: Verdict, clientId: string): Eventually<Verdict> {
    return verdict instanceof Refused
      ? onceThere(this.#clients.find(nobodyBeside(clientId)), () => verdict)
      : verdict;
  }

  #verify(presented: Presented, client: Client | undefined, now: number): Eventually<Verdict> {
    const { clientId } = presented;
    const methods =
      client === undefined ? refuse({ code: 'client_unknown' }) : this.#admitted(client, presented, now);
    if (methods instanceof Refused) {
      if ('secretHash' in presented) verifyNobodysSecret(presented.secretHash, now);
      return new Refused(methods.reason, clientId.slice(0, 128));
    }
    return this.#byOneOf(methods, presented, client!, now);
  }

  /** By the first method that accepts; else the last one's refusal. */
  #byOneOf(
    [method, ...others]: readonly ClientAuthentication[],
    presented: Presented,
    client: Client,
    now: number,
  ): Eventually<Verdict> {
    return onceThere(method!.verify(presented, client, now), (verdict) => {
      if (!(verdict instanceof Refused)) return this.#notDenied(verdict);
      return others.length === 0 ? verdict : this.#byOneOf(others, presented, client, now);
    });
  }

  /** The methods by which this client may use what was presented; never none. */
  #admitted(client: Client, presented: Presented, now: number): ClientAuthentication[] | Refused {
    const { clientId, status } = client;
    if (status !== 'active') return refuse({ code: 'client_inactive', status });
    const entry = this.#revocation.denylist.denies({ clientId });
    if (entry !== undefined) return refuse({ code: 'denylisted', entry });
    const admitted: ClientAuthentication[] = [];
    for (const method of this.#methods) {
      if (
        method.source === presented.source &&
        acceptsMethod(client, method.name, now) &&
        (method.admits === undefined || method.admits(presented))
      )
        admitted.push(method);
    }
    return admitted.length > 0 ? admitted : this.#noneAdmitted(client, presented, now);
  }

  #noneAdmitted(client: Client, presented: Presented, now: number): Refused {
    const registered = this.#methods.filter(({ name }) => acceptsMethod(client, name, now));
    const sameSource = registered.filter(({ source }) => source === presented.source);
    if (sameSource.length === 0) {
      return refuse({
        code: 'method_not_registered',
        source: presented.source,
        registered: registered.map(({ name }) => name),
      });
    }
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
