import { Type } from 'typebox';
import type { AuthorityRules } from '../../authority/index.ts';
import { authorityRulesChangesSchema } from '../authority-schemas.ts';
import type { AdminRoute } from '../route.ts';

export const authorityRulesRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/authority-rules',
    operationId: 'listAuthorityRules',
    summary:
      'List which profiles authorities issue, and to whom; an authority without rules issues all to all',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('AuthorityRules')) }),
    handle: async (_request, { authority }) => ({
      items: (await authority.administration.listRules()).map(rulesDocument),
    }),
  },
  {
    method: 'PATCH',
    path: '/authority-rules/{name}',
    operationId: 'changeAuthorityRules',
    summary: 'Change the rules of an authority; null takes a limit away (RFC 7396)',
    scope: 'mortise:admin',
    params: { name: 'Name of the authority' },
    body: authorityRulesChangesSchema,
    status: 200,
    response: Type.Ref('AuthorityRules'),
    handle: async ({ params, body, actor }, { authority }) => {
      const changes = body as { profiles?: string[] | null; clients?: string[] | null };
      return rulesDocument(
        await authority.administration.changeRules({ name: params['name']!, ...changes, actor }),
      );
    },
  },
];

function rulesDocument({ name, profiles, clients, updatedAt }: AuthorityRules): object {
  return {
    name,
    ...(profiles === undefined ? {} : { profiles }),
    ...(clients === undefined ? {} : { clients }),
    updated_at: Math.floor(updatedAt / 1000),
  };
}
