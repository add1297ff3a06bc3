import { type AuthenticationMethod, type Client, findSecret } from '../../clients/index.ts';
import { refuse } from '../refusal.ts';
import type { Verdict } from './method.ts';

/** Compares a secret with the hashes of the client's usable ones; encrypted secrets do not count. */
export function verifySecret(
  method: AuthenticationMethod,
  secretHash: Buffer,
  client: Client,
  now: number,
): Verdict {
  const credential = findSecret(client, secretHash, now);
  if (credential === undefined) return refuse({ code: 'secret_wrong' }, client.clientId);
  return { client, method, credentialId: credential.id, certificate: undefined };
}

/** Costs what comparing with a real client's secret costs, so that time does not tell whether the client exists. */
export function verifyNobodysSecret(secretHash: Buffer, now: number): void {
  findSecret(undefined, secretHash, now);
}
