import { Type } from 'typebox';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

export const secretRoutes: readonly AdminRoute[] = [
  {
    method: 'POST',
    path: '/clients/{client_id}/secrets',
    operationId: 'addSecret',
    summary: 'Give a client one more secret',
    scope: 'mortise:admin',
    params: { client_id: 'Id of the client' },
    body: Type.Object(
      { lifetime_seconds: Type.Optional(Type.Integer({ minimum: 1, description: 'Absent: no end' })) },
      { additionalProperties: false },
    ),
    status: 201,
    response: Type.Ref('NewSecret'),
    handle: async ({ params, body, actor }, { clients, clock }) => {
      const lifetime = body['lifetime_seconds'] as number | undefined;
      const secret = await clients.addSecret({
        clientId: params['client_id']!,
        ...(lifetime === undefined ? {} : { expiresAt: clock() + lifetime * 1000 }),
        actor,
      });
      return {
        credential_id: secret.credentialId,
        client_secret: secret.clientSecret,
        client_secret_expires_at: secret.expiresAt === undefined ? 0 : Math.floor(secret.expiresAt / 1000),
      };
    },
  },
  {
    method: 'POST',
    path: '/clients/{client_id}/credentials/{credential_id}/revoke',
    operationId: 'revokeCredential',
    summary: 'End a secret, key or certificate, and the tokens obtained with it',
    scope: 'mortise:admin',
    params: {
      client_id: 'Id of the client',
      credential_id:
        'Id of the credential; of a key behind jwks_uri its RFC 7638 thumbprint (SHA-256, base64url)',
    },
    body: schemas.reasonSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { revocation }) => {
      const by = { actor, ...(typeof body['reason'] === 'string' ? { reason: body['reason'] } : {}) };
      const outcome = await revocation.revokeCredential(params['client_id']!, params['credential_id']!, by);
      return { changed: outcome.changed };
    },
  },
];
