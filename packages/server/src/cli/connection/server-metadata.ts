import type { MortiseClient } from '@mortise/client';
import { CommandFailure } from '../failure.ts';

export interface ServerUrls {
  readonly issuer: string;
  readonly mtlsUrl: string;
}

/** What the server at `url` (its issuer, or its mtls URL) says of itself. Throws CommandFailure with status 2. */
export async function readServerUrls(client: MortiseClient, url: string): Promise<ServerUrls> {
  const answer = await client.request({ url: `${url}/.well-known/oauth-authorization-server`, token: false });
  const { issuer, mtls_endpoint_aliases: aliases } = (answer.status === 200 ? answer.json() : {}) as {
    issuer?: string;
    mtls_endpoint_aliases?: { token_endpoint?: string };
  };
  const tokenEndpoint = aliases?.token_endpoint;
  if (issuer === undefined || tokenEndpoint === undefined) {
    throw new CommandFailure(2, 'server_unexpected', `${url} is not a Mortise server`);
  }
  return { issuer, mtlsUrl: tokenEndpoint.replace(/\/oauth2\/token$/, '') };
}
