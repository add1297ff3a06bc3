import { authenticate, type EndpointContext, readRequest } from './endpoint.ts';
import type { TokenMint } from './ports.ts';
import { Refused, refuse } from './refusal.ts';
import type { OAuthRequest, OAuthResponse } from './request.ts';
import { jsonHeaders } from './wire.ts';

export interface RevocationEndpointOptions extends EndpointContext {
  readonly accessTokens: Pick<TokenMint, 'read'>;
}

const done: OAuthResponse = {
  status: 200,
  headers: { 'cache-control': jsonHeaders['cache-control']!, pragma: jsonHeaders['pragma']! },
  body: '',
};

/**
 * POST /oauth2/revoke (RFC 7009): a client ends its own tokens. A token that is none of ours, or dead already, is answered like one
 * that was ended (§2.2). A server that is behind still revokes: that makes nothing worse.
 */
export async function answerRevocationRequest(
  options: RevocationEndpointOptions,
  request: OAuthRequest,
): Promise<OAuthResponse | Refused> {
  const now = options.clock();

  const form = readRequest(request);
  if (form instanceof Refused) return form;

  const authenticated = await authenticate(options, request, form, now);
  if (authenticated instanceof Refused) return authenticated;
  const { clientId } = authenticated.client;
  if (form.token === undefined) return refuse({ code: 'parameter_missing', parameter: 'token' }, clientId);

  const token = await options.accessTokens.read(form.token);
  if (token === undefined) return done;
  if (token.clientId !== clientId)
    return refuse({ code: 'token_of_another_client', owner: token.clientId }, clientId);
  const { tokenId, expiresAt } = token;
  await options.revocation.revokeToken(
    { tokenId, clientId, expiresAt: expiresAt * 1000 },
    { actor: `client:${clientId}` },
  );
  return done;
}
