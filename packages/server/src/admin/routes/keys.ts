import { Type } from 'typebox';
import { type SigningAlgorithm, type SigningKeyInformation, signingAlgorithms } from '../../tokens/index.ts';
import type { AdminContext } from '../context.ts';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

const list = (context: AdminContext) => ({ items: context.signingKeys.list().map(keyDocument) });

export const keyRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/keys',
    operationId: 'listKeys',
    summary: 'List every signing key there ever was, oldest first; never private parts',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('SigningKey')) }),
    handle: (_request, context) => list(context),
  },
  {
    method: 'POST',
    path: '/keys/rotate',
    operationId: 'rotateKeys',
    summary: 'Make successors; they sign once every verifier can know them, or immediately',
    scope: 'mortise:admin',
    body: Type.Object(
      {
        alg: Type.Optional(Type.Union(signingAlgorithms.map((name) => Type.Literal(name)))),
        immediately: Type.Optional(
          Type.Boolean({ description: 'Verifiers that cache keys may refuse tokens for a while' }),
        ),
      },
      { additionalProperties: false },
    ),
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('SigningKey')) }),
    handle: async ({ body, actor }, context) => {
      const { alg, immediately } = body as { alg?: SigningAlgorithm; immediately?: boolean };
      const inUse = new Set(context.signingKeys.list().map(({ algorithm }) => algorithm));
      for (const algorithm of alg === undefined ? inUse : [alg]) {
        await context.signingKeys.rotate({ algorithm, immediately: immediately === true, actor });
      }
      return list(context);
    },
  },
  {
    method: 'POST',
    path: '/keys/{kid}/revoke',
    operationId: 'revokeKey',
    summary: 'End a signing key and every token it signed, at once; a successor signs from now on',
    scope: 'mortise:admin',
    params: { kid: 'Id of the key' },
    body: schemas.reasonSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { signingKeys }) => {
      const reason = body['reason'];
      await signingKeys.revoke({
        kid: params['kid']!,
        actor,
        ...(typeof reason === 'string' ? { reason } : {}),
      });
      return { changed: true };
    },
  },
];

function keyDocument(key: SigningKeyInformation): object {
  return {
    kid: key.kid,
    alg: key.algorithm,
    state: key.state,
    created_at: Math.floor(key.createdAt / 1000),
    activates_at: Math.floor(key.activatesAt / 1000),
    ...(key.retiredAt === undefined ? {} : { retired_at: Math.floor(key.retiredAt / 1000) }),
    ...(key.revokedAt === undefined ? {} : { revoked_at: Math.floor(key.revokedAt / 1000) }),
  };
}
