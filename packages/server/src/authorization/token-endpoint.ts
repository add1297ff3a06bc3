import { bindToken } from './bind-token.ts';
import type { CertificateOwnership } from './certificate-trust/certificate-ownership.ts';
import type { CertificateUse } from './certificate-trust/certificate-use.ts';
import type { Authenticated } from './client-authentication/method.ts';
import { authenticate, type EndpointContext, readRequest, refuseIfStale } from './endpoint.ts';
import { type Eventually, onceThere } from './eventually.ts';
import type { Form } from './form.ts';
import type { Grant, Granted } from './grants/grant.ts';
import type { CredentialUses, TokenMint } from './ports.ts';
import { Refused, refuse } from './refusal.ts';
import type { OAuthRequest, OAuthResponse } from './request.ts';
import { tokenLifetimeSeconds } from './token-lifetime.ts';
import { jsonHeaders } from './wire.ts';

export interface TokenEndpointOptions extends EndpointContext {
  readonly grants: readonly Grant[];
  readonly ownership: CertificateOwnership;
  readonly accessTokens: Pick<TokenMint, 'mint'>;
  readonly credentialUse: CredentialUses;
  readonly defaultLifetimeSeconds: number;
}

/**
 * POST /oauth2/token (RFC 6749 §3.2): parse, authenticate the client, grant, bind, sign, answer. A promise only where something is not
 * there yet: the usual request waits for nothing.
 */
export function answerTokenRequest(
  options: TokenEndpointOptions,
  request: OAuthRequest,
): Eventually<OAuthResponse | Refused> {
  const now = options.clock();

  const stale = refuseIfStale(options);
  if (stale !== undefined) return stale;

  const form = readRequest(request);
  if (form instanceof Refused) return form;
  const { grantType } = form;
  if (grantType === undefined)
    return refuse({ code: 'parameter_missing', parameter: 'grant_type' }, form.clientId);

  return onceThere(authenticate(options, request, form, now), (authenticated) =>
    authenticated instanceof Refused
      ? authenticated
      : grantedTo(options, request, form, grantType, authenticated, now),
  );
}

function grantedTo(
  options: TokenEndpointOptions,
  request: OAuthRequest,
  form: Form,
  grantType: string,
  authenticated: Authenticated,
  now: number,
): Eventually<OAuthResponse | Refused> {
  const { client } = authenticated;
  const grant = options.grants.find(({ type }) => type === grantType);
  if (grant === undefined) {
    return refuse({ code: 'grant_type_unsupported', presented: grantType.slice(0, 100) }, client.clientId);
  }
  return onceThere(grant.grant(form, client), (granted) => {
    if (granted instanceof Refused) return granted;
    return onceThere(bindToken(authenticated, request, options.ownership, now), (binding) =>
      binding instanceof Refused ? binding : signed(options, authenticated, granted, binding, now),
    );
  });
}

function signed(
  { accessTokens, credentialUse, defaultLifetimeSeconds }: TokenEndpointOptions,
  { client, credentialId }: Authenticated,
  { resource, scope }: Granted,
  binding: CertificateUse | undefined,
  now: number,
): Eventually<OAuthResponse | Refused> {
  const lifetimeSeconds = tokenLifetimeSeconds(client, resource, binding, defaultLifetimeSeconds, now);
  if (lifetimeSeconds === 0) {
    // The certificate was valid when it was checked, and ends before a token could begin.
    return refuse({ code: 'certificate_outside_validity', notAfter: binding!.notAfter }, client.clientId);
  }
  const credentialIds = idsOf(credentialId, binding?.credentialId);
  const minting = accessTokens.mint({
    client,
    resource,
    scope,
    credentialIds,
    authorityIds: binding?.authorityIds ?? none,
    lifetimeSeconds,
    ...(binding === undefined ? {} : { confirmation: { 'x5t#S256': binding.x5t } }),
  });
  return onceThere(minting, (token) => {
    for (const id of credentialIds) {
      const { clientId } = client;
      const tokenEndsAt = now + lifetimeSeconds * 1000;
      credentialUse.record({ clientId, credentialId: id, thumbprint: binding?.x5t, scope, tokenEndsAt });
    }
    // Neither a JWT nor a scope (RFC 6749 §3.3) holds anything that JSON escapes.
    const body = `{"access_token":"${token}","token_type":"Bearer","expires_in":${lifetimeSeconds},"scope":"${scope}"}`;
    return { status: 200, headers: jsonHeaders, body };
  });
}

const none: readonly string[] = [];

/** Each once: with tls_client_auth the certificate is both. */
function idsOf(authenticating: string | undefined, binding: string | undefined): readonly string[] {
  if (authenticating === undefined) return binding === undefined ? none : [binding];
  return binding === undefined || binding === authenticating ? [authenticating] : [authenticating, binding];
}
