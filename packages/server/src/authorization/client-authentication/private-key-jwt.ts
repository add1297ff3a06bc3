import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import {
  algorithmsOf,
  type Client,
  credentialIsUsable,
  importedKey,
  keyCredentialId,
  type PublicJwk,
} from '../../clients/index.ts';
import { Refused, refuse } from '../refusal.ts';
import type { Assertion } from './assertion.ts';
import type { AssertionUses } from './assertion-uses.ts';
import { asymmetricAlgorithms, signatureIsValid } from './jws-signature.ts';
import type { ClientAuthentication, PresentedAssertion } from './method.ts';
import type { RemoteKeySets } from './remote-key-sets.ts';

/** A public key that may have signed. */
interface Candidate {
  readonly jwk: JWK;
  readonly keyId: string;
  readonly key: () => KeyObject;
  readonly credentialId: () => string;
}

/** Keys tried for an assertion without a `kid`, so that a large set is no way to make the server work. */
const maximumTries = 4;

/** OpenID Connect Core §9 over RFC 7523: an assertion signed with the client's private key. */
export function privateKeyJwt(
  remote: RemoteKeySets,
  uses: AssertionUses,
): ClientAuthentication<PresentedAssertion> {
  return {
    name: 'private_key_jwt',
    source: 'client_assertion',
    admits: ({ assertion }) => asymmetricAlgorithms.includes(assertion.algorithm),
    async verify({ assertion }, client, now) {
      let candidates = fitting(registeredKeys(client, now), assertion);
      if (candidates.length === 0 && client.jwksUri !== undefined) {
        const candidate = remoteKey(client);
        const fetched = await remote.keys(
          client.jwksUri,
          (keys) => fitting(keys.map(candidate), assertion).length > 0,
        );
        if (fetched instanceof Refused) return new Refused(fetched.reason, client.clientId);
        candidates = fitting(fetched.map(candidate), assertion);
      }
      const { keyId, algorithm, signingInput, signature } = assertion;
      if (candidates.length === 0) return refuse({ code: 'assertion_key_unknown', keyId }, client.clientId);
      const signer = candidates
        .slice(0, maximumTries)
        .find((candidate) => signatureIsValid(algorithm, candidate.key(), signingInput, signature));
      if (signer === undefined)
        return refuse({ code: 'assertion_signature_invalid', keyId }, client.clientId);
      const refused = await uses.consume(assertion, client, now);
      if (refused instanceof Refused) return refused;
      return {
        client,
        method: 'private_key_jwt',
        credentialId: signer.credentialId(),
        certificate: undefined,
      };
    },
  };
}

function registeredKeys(client: Client, now: number): Candidate[] {
  return client.credentials.flatMap((credential) =>
    credential.kind === 'key' && credentialIsUsable(credential, now)
      ? [
          {
            jwk: credential.jwk,
            keyId: credential.thumbprint,
            key: () => importedKey(credential),
            credentialId: () => credential.id,
          },
        ]
      : [],
  );
}

function remoteKey({ clientId }: Client): (key: PublicJwk) => Candidate {
  return ({ jwk, thumbprint, publicKey }) => ({
    jwk,
    keyId: thumbprint,
    key: () => publicKey,
    credentialId: () => keyCredentialId(clientId, thumbprint),
  });
}

/** Those of the `kid`, if there is one, that verify this algorithm: it is the key that says which ones it does. */
function fitting(candidates: readonly Candidate[], { keyId, algorithm }: Assertion): Candidate[] {
  return candidates.filter(
    ({ jwk, keyId: thumbprint }) =>
      (keyId === undefined || jwk.kid === keyId || (jwk.kid === undefined && thumbprint === keyId)) &&
      algorithmsOf(jwk).includes(algorithm),
  );
}
