import { CertificateOwnership } from './certificate-trust/certificate-ownership.ts';
import { AssertionUses } from './client-authentication/assertion-uses.ts';
import { ClientAuthenticator } from './client-authentication/authenticate-client.ts';
import type { SecretKeys } from './client-authentication/client-secret-jwt.ts';
import { clientAuthenticationMethods } from './client-authentication/methods.ts';
import { RemoteKeySets } from './client-authentication/remote-key-sets.ts';
import { type EndpointContext, refused, unavailable } from './endpoint.ts';
import type { Eventually } from './eventually.ts';
import { FailureLimits, type FailureLimitsOptions } from './failure-limits.ts';
import { grants } from './grants/grants.ts';
import { answerIntrospectionRequest, type IntrospectionEndpointOptions } from './introspection-endpoint.ts';
import { type AuthorizationEndpoints, authorizationServerMetadata } from './metadata.ts';
import type {
  ClientDirectory,
  CredentialUses,
  DocumentFetcher,
  OwnAuthorities,
  RefusalLog,
  ResourceDirectory,
  RevocationState,
  TokenMint,
} from './ports.ts';
import { Refused } from './refusal.ts';
import { type RefusalRecord, RefusalRecords } from './refusal-records.ts';
import type { OAuthEndpoint, OAuthRequest, OAuthResponse } from './request.ts';
import { answerRevocationRequest, type RevocationEndpointOptions } from './revocation-endpoint.ts';
import type { ReplayGuardStore } from './store.ts';
import { answerTokenRequest, type TokenEndpointOptions } from './token-endpoint.ts';

export interface AuthorizationServerOptions {
  readonly clients: ClientDirectory;
  readonly resources: ResourceDirectory;
  readonly accessTokens: TokenMint;
  readonly credentialUse: CredentialUses;
  readonly replayGuard: Pick<ReplayGuardStore, 'consume'>;
  readonly revocation: RevocationState;
  readonly authorities: OwnAuthorities;
  /** Opens the secrets that are kept whole, for `client_secret_jwt`. */
  readonly secretKeys: SecretKeys;
  readonly fetcher: DocumentFetcher;
  readonly clock: () => number;
  readonly log: RefusalLog;
  readonly endpoints: AuthorizationEndpoints;
  /** Where neither client nor resource sets a lifetime. Default 600. */
  readonly accessTokenLifetimeSeconds?: number;
  readonly failureLimits?: FailureLimitsOptions;
}

/** The OAuth 2.0 endpoints. Every request is answered with one of the RFCs' answers; none rejects. */
export class AuthorizationServer {
  readonly #records = new RefusalRecords();
  readonly #context: EndpointContext;
  readonly #token: TokenEndpointOptions;
  readonly #introspection: IntrospectionEndpointOptions;
  readonly #revocation: RevocationEndpointOptions;
  readonly #metadata: Readonly<Record<string, unknown>>;

  constructor(options: AuthorizationServerOptions) {
    const { clients, resources, accessTokens, revocation, clock, log, endpoints } = options;
    const { token } = endpoints;
    const ownership = new CertificateOwnership({ clients, revocation, authorities: options.authorities });
    const methods = clientAuthenticationMethods({
      ownership,
      uses: new AssertionUses(options.replayGuard, {
        issuer: endpoints.issuer,
        tokenEndpoints: [token.url, token.mtlsUrl],
      }),
      remoteKeySets: new RemoteKeySets({ fetcher: options.fetcher, clock }),
      secretKeys: options.secretKeys,
    });
    this.#context = {
      authenticator: new ClientAuthenticator({ clients, revocation, methods }),
      limits: new FailureLimits(options.failureLimits),
      records: this.#records,
      revocation,
      clock,
      log,
    };
    const granting = grants(resources);
    this.#token = {
      ...this.#context,
      grants: granting,
      ownership,
      accessTokens,
      credentialUse: options.credentialUse,
      defaultLifetimeSeconds: options.accessTokenLifetimeSeconds ?? 600,
    };
    this.#introspection = { ...this.#context, issuer: endpoints.issuer, accessTokens, resources };
    this.#revocation = { ...this.#context, accessTokens };
    this.#metadata = authorizationServerMetadata(
      endpoints,
      granting.map(({ type }) => type),
    );
  }

  /** RFC 6749 §3.2. */
  token(request: OAuthRequest): Eventually<OAuthResponse> {
    return this.#answer('token', request, this.#token, answerTokenRequest);
  }

  /** RFC 7662 §2. */
  introspect(request: OAuthRequest): Eventually<OAuthResponse> {
    return this.#answer('introspection', request, this.#introspection, answerIntrospectionRequest);
  }

  /** RFC 7009 §2. */
  revoke(request: OAuthRequest): Eventually<OAuthResponse> {
    return this.#answer('revocation', request, this.#revocation, answerRevocationRequest);
  }

  /** The document of RFC 8414 §3.2, for both well-known forms. */
  metadata(): Readonly<Record<string, unknown>> {
    return this.#metadata;
  }

  /** The latest refusals in the name of a client, newest first; of this process. `undefined`: those in nobody's name. */
  refusals(clientId: string | undefined): readonly RefusalRecord[] {
    return this.#records.of(clientId);
  }

  #answer<Options>(
    endpoint: OAuthEndpoint,
    request: OAuthRequest,
    options: Options,
    respond: (options: Options, request: OAuthRequest) => Eventually<OAuthResponse | Refused>,
  ): Eventually<OAuthResponse> {
    const settled = (answer: OAuthResponse | Refused): OAuthResponse =>
      answer instanceof Refused ? refused(this.#context, endpoint, request, answer) : answer;
    try {
      const answering = respond(options, request);
      if (!(answering instanceof Promise)) return settled(answering);
      return answering.then(settled, (error: unknown) => settled(unavailable(error)));
    } catch (error) {
      return settled(unavailable(error));
    }
  }
}
