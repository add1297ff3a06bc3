import { encodePem } from '@mortise/x509';
import { Type } from 'typebox';
import { type AuthorityKeyType, type AuthorityRecord, authorityKeyTypes } from '../../authority/index.ts';
import { AdminError } from '../problems.ts';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

const authorityParam = { authority_id: 'Id of the authority' };

export const authorityRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/authorities',
    operationId: 'listAuthorities',
    summary: 'List roots and intermediates, oldest first',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('Authority')) }),
    handle: (_request, { authority }) => ({ items: authority.list().map(authorityDocument) }),
  },
  {
    method: 'POST',
    path: '/authorities',
    operationId: 'createAuthority',
    summary: 'Make another intermediate under the newest root; from then on it is the one that issues',
    scope: 'mortise:admin',
    body: Type.Object(
      { key_type: Type.Optional(Type.Union(authorityKeyTypes.map((name) => Type.Literal(name)))) },
      { additionalProperties: false },
    ),
    status: 201,
    response: Type.Ref('Authority'),
    handle: async ({ body, actor }, { authority }) => {
      const algorithm = body['key_type'] as AuthorityKeyType | undefined;
      return authorityDocument(
        await authority.createIntermediate({ actor, ...(algorithm === undefined ? {} : { algorithm }) }),
      );
    },
  },
  {
    method: 'GET',
    path: '/authorities/{authority_id}',
    operationId: 'showAuthority',
    summary: 'Show an authority',
    scope: 'mortise:read',
    params: authorityParam,
    status: 200,
    response: Type.Ref('Authority'),
    handle: ({ params }, { authority }) => {
      const found = authority.show(params['authority_id']!);
      if (found === undefined) throw new AdminError(404, 'authority_unknown', 'there is no such authority');
      return authorityDocument(found);
    },
  },
  {
    method: 'POST',
    path: '/authorities/{authority_id}/revoke',
    operationId: 'revokeAuthority',
    summary: 'End an authority and those under it, their certificates, and the tokens obtained with them',
    scope: 'mortise:admin',
    params: authorityParam,
    body: schemas.reasonSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { revocation }) => {
      const by = { actor, ...(typeof body['reason'] === 'string' ? { reason: body['reason'] } : {}) };
      const outcome = await revocation.revokeAuthority(params['authority_id']!, by);
      return { changed: outcome.changed };
    },
  },
];

function authorityDocument(record: AuthorityRecord): object {
  return {
    authority_id: record.id,
    ...(record.parentId === undefined ? {} : { parent_id: record.parentId }),
    kind: record.kind,
    key_type: record.keyType,
    subject: record.subject,
    fingerprint256: record.fingerprint256,
    not_before: Math.floor(record.notBefore / 1000),
    not_after: Math.floor(record.notAfter / 1000),
    ...(record.revokedAt === undefined ? {} : { revoked_at: Math.floor(record.revokedAt / 1000) }),
    certificate: encodePem('CERTIFICATE', record.certificate),
  };
}
