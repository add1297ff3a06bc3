import type { Agent } from 'undici';
import { ClientError } from './errors.ts';
import { boundedRequest, jsonObject } from './transport/bounded-request.ts';

/** What a client uses of the metadata of RFC 8414 §2 and RFC 8705 §5. */
export interface ServerMetadata {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** Of `mtls_endpoint_aliases`: where a client that presents a certificate goes. */
  readonly mtlsTokenEndpoint: string | undefined;
}

/** Where an issuer's metadata is (RFC 8414 §3.1). */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
}

/** Fetches and checks an issuer's metadata (RFC 8414 §3.3). Throws `server_unreachable` and `server_response_invalid`. */
export async function discover(issuer: string, agent: Agent, signal: AbortSignal): Promise<ServerMetadata> {
  const url = metadataUrl(issuer);
  const { status, text } = await boundedRequest(agent, { url, method: 'GET', headers: {}, signal });
  if (status !== 200) throw new ClientError('server_unreachable', `${url} answered with status ${status}`);
  const metadata = jsonObject(text);
  if (metadata?.['issuer'] !== issuer) {
    throw new ClientError('server_response_invalid', `${url} is not about the issuer ${issuer}`);
  }
  const tokenEndpoint = metadata['token_endpoint'];
  if (!isHttps(tokenEndpoint)) {
    throw new ClientError('server_response_invalid', `${url} names no "token_endpoint" with https`);
  }
  const aliases = metadata['mtls_endpoint_aliases'] as Record<string, unknown> | null | undefined;
  const mtlsTokenEndpoint = aliases?.['token_endpoint'];
  if (mtlsTokenEndpoint !== undefined && !isHttps(mtlsTokenEndpoint)) {
    throw new ClientError('server_response_invalid', `${url} names an mTLS "token_endpoint" without https`);
  }
  return { issuer, tokenEndpoint, mtlsTokenEndpoint };
}

/** Where the server names its roots, and hears who trusts them: beside its token endpoint for clients with a certificate. */
export function trustUrl({ tokenEndpoint, mtlsTokenEndpoint }: ServerMetadata): string {
  return new URL('../trust/v1', mtlsTokenEndpoint ?? tokenEndpoint).href;
}

function isHttps(value: unknown): value is string {
  return typeof value === 'string' && URL.parse(value)?.protocol === 'https:';
}
