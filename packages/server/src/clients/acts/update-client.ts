import type { Actor, EventDraft, JsonObject } from '../../events/index.ts';
import { claimsOf } from '../claims.ts';
import type { Client, ClientRecord } from '../client.ts';
import type { Credential } from '../credential.ts';
import { resolveResources } from '../granted-resources.ts';
import { matcherKinds } from '../matchers/matchers.ts';
import { mergeMembers } from '../merge-members.ts';
import { type Registration, readRegistration, registrationMembers } from '../registration.ts';
import { methodsOf, type NewSecret, registrationMetadata } from '../registration-document.ts';
import type { ClientChange } from '../store.ts';
import { type ActContext, readForAct, taken, unknownClient, withRetries } from './act-context.ts';
import { credentialAdded } from './credential-events.ts';
import { refuseDerivedNames } from './derived-name.ts';
import { requireKeys } from './key-requirement.ts';
import { newSecret, secretForm } from './new-secret.ts';
import { registeredCredentials } from './registered-credentials.ts';

export interface UpdateClient {
  readonly clientId: string;
  /** RFC 7591 metadata to replace, member by member (RFC 7396): `null` takes a member away, absent ones stay. */
  readonly changes: JsonObject;
  readonly actor: Actor;
}

const moveMembers = ['previous_token_endpoint_auth_method', 'previous_token_endpoint_auth_method_expires_at'];
/** Naming one member of a group takes the others of it away, because a client has at most one of them. */
const exclusiveMembers = [matcherKinds.map((kind) => kind.member), ['jwks', 'jwks_uri']];

/**
 * Changes the registration of a client. A change of method without an end for the former one ends that at once.
 * A new method that needs a secret where the client has none of that form brings one. Errors as for `createClient`,
 * and `client_unknown`, `client_revoked`, `credential_revoked`, `contention`.
 */
export async function updateClient(
  context: ActContext,
  input: UpdateClient,
): Promise<{ client: Client; secret?: NewSecret }> {
  const secret = await withRetries(
    () => attemptUpdate(context, input),
    (conflict) => (conflict.code === 'client_unknown' ? unknownClient(input.clientId) : taken(conflict)),
  );
  const client = await context.store.find(input.clientId, context.clock());
  if (client === undefined) throw unknownClient(input.clientId);
  return { client, ...(secret === undefined ? {} : { secret }) };
}

async function attemptUpdate(context: ActContext, input: UpdateClient) {
  const client = await readForAct(context, input.clientId);
  const now = context.clock();
  const registration = withReplacedKeys(
    readRegistration(mergeMetadata(client, input.changes, now), {
      clientId: client.clientId,
      issuer: context.issuer,
      now,
      formerMethods: methodsOf(client, now),
    }),
    input.changes,
  );
  requireKeys(registration, client.credentials);
  const resources = await resolveResources(registration, client, context.resources);
  const { keySet, ...fields } = registration;
  const changes =
    keySet === undefined
      ? { add: [], expire: [] }
      : await registeredCredentials(context, client.clientId, keySet, client.credentials);
  const secret = missingSecret(registration, client, now, context);
  const add = secret === undefined ? changes.add : [...changes.add, secret.credential];
  const record: ClientRecord = {
    ...fields,
    clientId: client.clientId,
    resources,
    status: client.status,
    epoch: client.epoch,
    createdAt: client.createdAt,
    updatedAt: now,
    revision: client.revision + 1,
  };
  await refuseDerivedNames(context, record, client);
  const outcome = await context.store.update(
    {
      client: record,
      expectedRevision: client.revision,
      claims: claimsOf(record, context.ownAnchorPins()),
      addCredentials: add,
      expireCredentials: changes.expire,
    },
    events(input, client, add, changes.expire),
  );
  return { outcome, result: secret?.shown };
}

function mergeMetadata(client: Client, changes: JsonObject, now: number): JsonObject {
  const merged: Record<string, JsonObject[string]> = { ...registrationMetadata(client, now) };
  // Unless they are replaced, keys and certificates stay as they are and are not read again.
  delete merged['jwks'];
  const method = changes['token_endpoint_auth_method'];
  if (method !== undefined && method !== client.tokenEndpointAuthMethod) {
    for (const member of moveMembers) delete merged[member];
  }
  for (const group of exclusiveMembers) {
    if (group.some((member) => changes[member] !== undefined))
      for (const member of group) delete merged[member];
  }
  return mergeMembers(merged, changes, registrationMembers);
}

/** Taking `jwks` away, or naming `jwks_uri`, leaves no registered key. */
function withReplacedKeys(registration: Registration, changes: JsonObject): Registration {
  const replaced =
    changes['jwks'] !== undefined || (changes['jwks_uri'] !== undefined && changes['jwks_uri'] !== null);
  if (registration.keySet !== undefined || !replaced) return registration;
  return { ...registration, keySet: { keys: [], certificates: [] } };
}

function missingSecret(
  registration: Registration,
  client: Client,
  now: number,
  context: ActContext,
): ReturnType<typeof newSecret> | undefined {
  const form = secretForm(registration.tokenEndpointAuthMethod);
  if (form === undefined) return undefined;
  const has = client.credentials.some((one) => one.kind === 'secret' && one.form === form);
  return has ? undefined : newSecret(form, { now }, context.sealer);
}

function events(
  input: UpdateClient,
  former: Client,
  added: readonly Credential[],
  expired: ClientChange['expireCredentials'],
): EventDraft[] {
  const { actor, clientId } = input;
  const ended = expired.filter((one) => one.expiresAt !== undefined).map((one) => one.id);
  return [
    ...added.map((credential) => credentialAdded(actor, clientId, credential)),
    {
      actor,
      act: 'client.updated',
      object: { kind: 'client', id: clientId },
      clientId,
      data: {
        changed: Object.keys(input.changes),
        ...(ended.length === 0 ? {} : { ended_credentials: ended }),
        ...formerGrants(input, former),
      },
    },
  ];
}

/** What it could ask for until now: revocation reaches the tokens that it got by that for as long as they live. */
function formerGrants({ changes }: UpdateClient, { scope, resources }: Client): JsonObject {
  return 'scope' in changes || 'resources' in changes ? { previous: { scope, resources } } : {};
}
