import { ResourceServerError } from '../errors.ts';
import { type FetchLike, fetchJson } from '../transport/fetch-json.ts';

const wellKnown = '/.well-known/oauth-authorization-server';

/** Where the metadata of an issuer is (RFC 8414 §3.1): the well-known segment goes between host and path, without a trailing slash. */
export function metadataUrl(issuer: string): string {
  const url = new URL(issuer);
  return `${url.origin}${wellKnown}${url.pathname.replace(/\/$/, '')}`;
}

/**
 * Fetches an issuer's key set, by the `jwks_uri` of its metadata (RFC 8414 §3.3: the `issuer` there must be the same). The address found
 * is remembered, and asked for again after a failure.
 */
export function discoveredKeys(issuer: string, fetch: FetchLike): () => Promise<unknown> {
  let address: string | undefined;
  return async () => {
    try {
      address ??= await discoverJwksUri(issuer, fetch);
      return await fetchJson(fetch, address);
    } catch (error) {
      address = undefined;
      throw error;
    }
  };
}

async function discoverJwksUri(issuer: string, fetch: FetchLike): Promise<string> {
  const location = metadataUrl(issuer);
  const metadata = (await fetchJson(fetch, location)) as Record<string, unknown> | null;
  if (metadata?.['issuer'] !== issuer) {
    throw new ResourceServerError('server_response_invalid', `${location} is not about the issuer ${issuer}`);
  }
  const jwksUri = metadata['jwks_uri'];
  if (typeof jwksUri !== 'string' || URL.parse(jwksUri)?.protocol !== 'https:') {
    throw new ResourceServerError('server_response_invalid', `${location} names no "jwks_uri" with https`);
  }
  return jwksUri;
}
