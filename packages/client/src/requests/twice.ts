import type { RequestInit, Response } from 'undici';
import type { Identities } from '../identities.ts';
import type { Identity } from '../identity.ts';
import type { TokenTarget } from '../tokens/token-request.ts';
import { isRefusedConnection } from './refused-connection.ts';
import { isReplayable } from './replayable.ts';

export interface CallOutcome {
  readonly response: Response;
  /** Where the token was refused: which one it was, and how to forget it. */
  readonly refused?: { readonly target: TokenTarget; forget(): void };
}

/** Makes a call, and once more where a server disagrees about the certificate or the token, if its body can be sent again. */
export async function twice(
  identities: Identities,
  { body, method }: Pick<RequestInit, 'body' | 'method'>,
  call: (identity: Identity) => Promise<CallOutcome>,
): Promise<Response> {
  const identity = identities.current;
  const first = await call(identity).catch((error: unknown) => {
    if (isRefusedConnection(error, method) && isReplayable(body)) return { error };
    throw error;
  });
  if ('error' in first) {
    const other = identities.otherThan(identity);
    if (other === undefined) throw first.error;
    return (await call(other)).response;
  }
  const { response, refused } = first;
  if (refused === undefined || !isReplayable(body)) return response;
  refused.forget();
  await response.body?.cancel();
  return (await call(await identities.otherWithToken(identity, refused.target))).response;
}
