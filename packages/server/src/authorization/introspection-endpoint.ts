import type { OwnToken } from '../tokens/index.ts';
import { authenticate, type EndpointContext, readRequest, refuseIfStale } from './endpoint.ts';
import type { ResourceDirectory, TokenMint } from './ports.ts';
import { Refused, refuse } from './refusal.ts';
import type { OAuthRequest, OAuthResponse } from './request.ts';
import { jsonHeaders } from './wire.ts';

export interface IntrospectionEndpointOptions extends EndpointContext {
  readonly issuer: string;
  readonly accessTokens: Pick<TokenMint, 'read'>;
  readonly resources: ResourceDirectory;
}

/** RFC 7662 §2.2: all that anybody learns of a token that is dead, unknown, or none of their business. */
const inactive: OAuthResponse = { status: 200, headers: jsonHeaders, body: '{"active":false}' };

/**
 * POST /oauth2/introspect (RFC 7662): only the resource servers of a token's resource learn about it, and nothing that the
 * denylist denies is active.
 */
export async function answerIntrospectionRequest(
  options: IntrospectionEndpointOptions,
  request: OAuthRequest,
): Promise<OAuthResponse | Refused> {
  const now = options.clock();

  const stale = refuseIfStale(options);
  if (stale !== undefined) return stale;

  const form = readRequest(request);
  if (form instanceof Refused) return form;

  const authenticated = await authenticate(options, request, form, now);
  if (authenticated instanceof Refused) return authenticated;
  const { clientId } = authenticated.client;
  if (form.token === undefined) return refuse({ code: 'parameter_missing', parameter: 'token' }, clientId);

  const token = await options.accessTokens.read(form.token);
  if (token === undefined) return inactive;
  if (!(await mayIntrospect(clientId, token, options.resources))) return inactive;
  if (isDenied(options, token)) return inactive;
  return { status: 200, headers: jsonHeaders, body: JSON.stringify(described(token, options.issuer)) };
}

async function mayIntrospect(
  clientId: string,
  token: OwnToken,
  resources: ResourceDirectory,
): Promise<boolean> {
  const resource = resources.peek(token.resource) ?? (await resources.find(token.resource));
  return resource?.resourceServers.includes(clientId) ?? false;
}

function isDenied({ revocation }: EndpointContext, token: OwnToken): boolean {
  const { clientId, epoch, credentialIds, authorityIds, tokenId, keyId, confirmation } = token;
  const certificates = confirmation === undefined ? undefined : [confirmation['x5t#S256']];
  const facts = { clientId, epoch, credentialIds, authorityIds, tokenId, keyId, certificates };
  return revocation.denylist.denies(facts) !== undefined;
}

/** RFC 7662 §2.2, with `cnf` of RFC 8705 §3.2: the resource server compares the certificate itself. */
function described(token: OwnToken, issuer: string): Record<string, unknown> {
  return {
    active: true,
    scope: token.scope,
    client_id: token.clientId,
    token_type: 'Bearer',
    exp: token.expiresAt,
    iat: token.issuedAt,
    sub: token.clientId,
    aud: token.resource,
    iss: issuer,
    jti: token.tokenId,
    ...(token.confirmation === undefined ? {} : { cnf: token.confirmation }),
  };
}
