import type { KeyObject } from 'node:crypto';
import type { Client } from '../../clients/index.ts';
import { Refused, refuse } from '../refusal.ts';
import type { AssertionUses } from './assertion-uses.ts';
import { macIsValid, symmetricAlgorithms } from './jws-signature.ts';
import type { ClientAuthentication, PresentedAssertion } from './method.ts';

/** The usable secrets of a client that are kept whole. Hashed ones are not among them. */
export type SecretKeys = (
  client: Client,
  now: number,
) => readonly { readonly credentialId: string; readonly key: KeyObject }[];

/** OpenID Connect Core §9 over RFC 7523: an assertion with an HMAC of the client's secret. */
export function clientSecretJwt(
  secretKeys: SecretKeys,
  uses: AssertionUses,
): ClientAuthentication<PresentedAssertion> {
  return {
    name: 'client_secret_jwt',
    source: 'client_assertion',
    admits: ({ assertion }) => symmetricAlgorithms.includes(assertion.algorithm),
    async verify({ assertion }, client, now) {
      const found = secretKeys(client, now).find(({ key }) =>
        macIsValid(key, assertion.signingInput, assertion.signature),
      );
      if (found === undefined) {
        return refuse({ code: 'assertion_signature_invalid', keyId: assertion.keyId }, client.clientId);
      }
      const refused = await uses.consume(assertion, client, now);
      if (refused instanceof Refused) return refused;
      return {
        client,
        method: 'client_secret_jwt',
        credentialId: found.credentialId,
        certificate: undefined,
      };
    },
  };
}
