import { Type } from 'typebox';
import { type ListedProfile, listedProfileDocument } from '../../authority/index.ts';
import type { JsonObject } from '../../events/index.ts';
import { newProfileSchema, profileChangesSchema } from '../profile-schemas.ts';
import type { AdminRoute } from '../route.ts';

const profileParam = { profile: 'Name of the profile' };

export const profileRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/profiles',
    operationId: 'listProfiles',
    summary: 'List what certificates may hold, in the order of the names',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('Profile')) }),
    handle: (_request, context) => ({
      items: context.authority.profiles.list().map((profile) => profileDocument(profile, context)),
    }),
  },
  {
    method: 'POST',
    path: '/profiles',
    operationId: 'createProfile',
    summary: 'Make a profile from a shipped one',
    scope: 'mortise:admin',
    body: newProfileSchema,
    status: 201,
    response: Type.Ref('Profile'),
    handle: async ({ body, actor }, context) => {
      const { name, ...document } = body as { name: string } & JsonObject;
      const made = await context.authority.profiles.create({ name, document, actor });
      return profileDocument(made, context);
    },
  },
  {
    method: 'GET',
    path: '/profiles/{profile}',
    operationId: 'showProfile',
    summary: 'Show a profile',
    scope: 'mortise:read',
    params: profileParam,
    status: 200,
    response: Type.Ref('Profile'),
    handle: ({ params }, context) => {
      const { profiles } = context.authority;
      const name = params['profile']!;
      profiles.definition(name);
      return profileDocument(profiles.find(name)!, context);
    },
  },
  {
    method: 'PATCH',
    path: '/profiles/{profile}',
    operationId: 'updateProfile',
    summary: 'Change members of a profile; null gives one back to what the profile is based on (RFC 7396)',
    scope: 'mortise:admin',
    params: profileParam,
    body: profileChangesSchema,
    status: 200,
    response: Type.Ref('Profile'),
    handle: async ({ params, body, actor }, context) => {
      const changes = body as JsonObject;
      const changed = await context.authority.profiles.update({ name: params['profile']!, changes, actor });
      return profileDocument(changed, context);
    },
  },
];

function profileDocument(profile: ListedProfile, { issuer }: { readonly issuer: string }): JsonObject {
  const { acme, name } = profile.definition;
  const base = issuer.replace(/\/$/, '');
  return {
    ...listedProfileDocument(profile),
    ...(acme ? { acme_directory: `${base}/acme/${name}/directory` } : {}),
  };
}
