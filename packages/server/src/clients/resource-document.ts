import type { JsonObject } from '../events/index.ts';
import { invalidMember } from './client-error.ts';
import { isClientId } from './identifiers.ts';
import { lifetimeRefusal } from './lifetimes.ts';
import { type Resource, resourceSigningAlgorithms } from './resource.ts';
import { isResourceIdentifier } from './resource-identifier.ts';
import { readScopeTokens } from './scopes.ts';

/** The members that register a resource: RFC 9728's names where it has one. */
export const resourceMembers = [
  'resource',
  'resource_name',
  'scopes_supported',
  /** Ours: ES256 (default), EdDSA, RS256 or PS256. */
  'signing_algorithm',
  'access_token_lifetime_seconds',
  /** Ours: ids of the clients that may introspect its tokens and follow its denylist. */
  'resource_servers',
] as const;

export type ResourceRegistration = Omit<Resource, 'createdAt' | 'updatedAt' | 'revision'>;

/** Reads and validates a resource; an unknown member is refused by its name. Throws ClientError. */
export function readResource(metadata: unknown): ResourceRegistration {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw invalidMember('metadata', 'is a JSON object');
  }
  const given = metadata as JsonObject;
  for (const name of Object.keys(given)) {
    if (!(resourceMembers as readonly string[]).includes(name)) throw invalidMember(name, 'is not known');
  }
  const identifier = given['resource'];
  if (typeof identifier !== 'string' || !isResourceIdentifier(identifier)) {
    throw invalidMember('resource', 'is an absolute URI without fragment');
  }
  const name = given['resource_name'];
  if (name !== undefined && !(typeof name === 'string' && /^[^\p{Cc}\p{Cs}]{1,256}$/u.test(name))) {
    throw invalidMember('resource_name', 'is text of 1 to 256 characters without control characters');
  }
  const algorithm = given['signing_algorithm'] ?? 'ES256';
  const signingAlgorithm = resourceSigningAlgorithms.find((one) => one === algorithm);
  if (signingAlgorithm === undefined) {
    throw invalidMember('signing_algorithm', `is one of ${resourceSigningAlgorithms.join(', ')}`);
  }
  const lifetime = given['access_token_lifetime_seconds'];
  const refusal = lifetime === undefined ? undefined : lifetimeRefusal(lifetime);
  if (refusal !== undefined) throw invalidMember('access_token_lifetime_seconds', refusal);
  return {
    identifier,
    ...(name === undefined ? {} : { name }),
    scopes: readScopeTokens(given['scopes_supported'] ?? [], 'scopes_supported'),
    signingAlgorithm,
    ...(lifetime === undefined ? {} : { accessTokenLifetimeSeconds: lifetime as number }),
    resourceServers: readResourceServers(given),
  };
}

/** The members that register this resource again. */
export function resourceInformation(resource: ResourceRegistration): JsonObject {
  return {
    resource: resource.identifier,
    ...(resource.name === undefined ? {} : { resource_name: resource.name }),
    scopes_supported: resource.scopes,
    signing_algorithm: resource.signingAlgorithm,
    ...(resource.accessTokenLifetimeSeconds === undefined
      ? {}
      : { access_token_lifetime_seconds: resource.accessTokenLifetimeSeconds }),
    resource_servers: resource.resourceServers,
  };
}

function readResourceServers(given: JsonObject): string[] {
  const value = given['resource_servers'] ?? [];
  if (!Array.isArray(value) || value.length > 256) {
    throw invalidMember('resource_servers', 'is an array of at most 256 client ids');
  }
  const servers: string[] = [];
  for (const clientId of value as unknown[]) {
    if (typeof clientId !== 'string' || !isClientId(clientId)) {
      throw invalidMember('resource_servers', `${JSON.stringify(clientId)} is no client id`);
    }
    if (servers.includes(clientId)) throw invalidMember('resource_servers', `${clientId} stands there twice`);
    servers.push(clientId);
  }
  return servers;
}
