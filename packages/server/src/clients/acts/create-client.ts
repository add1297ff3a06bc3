import type { Actor, EventDraft, JsonObject } from '../../events/index.ts';
import { claimsOf } from '../claims.ts';
import type { Client, ClientRecord } from '../client.ts';
import { ClientError, invalidMember } from '../client-error.ts';
import type { Credential } from '../credential.ts';
import { resolveResources } from '../granted-resources.ts';
import { generateClientId, isClientId } from '../identifiers.ts';
import { type Registration, readRegistration } from '../registration.ts';
import type { NewSecret } from '../registration-document.ts';
import type { ActContext } from './act-context.ts';
import { taken, withRetries } from './act-context.ts';
import { credentialAdded } from './credential-events.ts';
import { refuseDerivedNames } from './derived-name.ts';
import { requireKeys } from './key-requirement.ts';
import { newSecret, secretForm } from './new-secret.ts';
import { registeredCredentials } from './registered-credentials.ts';

export interface CreateClient {
  /** RFC 7591 metadata; `client_id` where the operator chooses it. */
  readonly metadata: JsonObject;
  /** End of the first secret, epoch milliseconds; absent: no end. Only for methods with a secret. */
  readonly secretExpiresAt?: number;
  readonly actor: Actor;
}

/**
 * Registers a client, with a first secret if its method uses one. Throws ClientError `metadata_invalid`,
 * `client_exists`, `matcher_taken`, `certificate_taken`, `certificate_invalid`, `resource_unknown`.
 */
export async function createClient(
  context: ActContext,
  input: CreateClient,
): Promise<{ client: Client; secret?: NewSecret }> {
  const chosen = input.metadata['client_id'];
  if (chosen !== undefined && !(typeof chosen === 'string' && isClientId(chosen))) {
    throw invalidMember('client_id', 'is 1 to 128 letters, digits, and . _ ~ -, the first a letter or digit');
  }
  const now = context.clock();
  const clientId = chosen ?? generateClientId();
  const registration = readRegistration(input.metadata, {
    clientId,
    issuer: context.issuer,
    now,
    formerMethods: [],
  });
  const resources = await resolveResources(registration, undefined, context.resources);
  const credentials: Credential[] = [];
  const form = secretForm(registration.tokenEndpointAuthMethod);
  if (form === undefined && input.secretExpiresAt !== undefined) {
    throw invalidMember('client_secret_expires_at', 'this method has no secret');
  }
  const secret =
    form === undefined
      ? undefined
      : newSecret(form, { now, expiresAt: input.secretExpiresAt }, context.sealer);
  if (secret !== undefined) credentials.push(secret.credential);
  if (registration.keySet !== undefined) {
    credentials.push(...(await registeredCredentials(context, clientId, registration.keySet, [])).add);
  }
  requireKeys(registration, []);
  const client: Client = { ...newRecord(clientId, registration, resources, now), credentials };
  await refuseDerivedNames(context, client);
  await withRetries(
    async () => {
      const outcome = await context.store.create(
        { client, claims: claimsOf(client, context.ownAnchorPins()) },
        events(input.actor, client),
      );
      return { outcome, result: undefined };
    },
    (conflict) =>
      conflict.code === 'client_exists'
        ? new ClientError('client_exists', `there is a client ${clientId} already`, 'client_id')
        : taken(conflict),
  );
  return { client, ...(secret === undefined ? {} : { secret: secret.shown }) };
}

function newRecord(
  clientId: string,
  registration: Registration,
  resources: readonly string[],
  now: number,
): ClientRecord {
  const { keySet: _, ...fields } = registration;
  return {
    ...fields,
    clientId,
    resources,
    status: 'active',
    epoch: 1,
    createdAt: now,
    updatedAt: now,
    revision: 1,
  };
}

function events(actor: Actor, client: Client): EventDraft[] {
  return [
    ...client.credentials.map((credential) => credentialAdded(actor, client.clientId, credential)),
    {
      actor,
      act: 'client.created',
      object: { kind: 'client', id: client.clientId },
      clientId: client.clientId,
      data: {
        token_endpoint_auth_method: client.tokenEndpointAuthMethod,
        scope: client.scope.join(' '),
        resources: client.resources,
      },
    },
  ];
}
