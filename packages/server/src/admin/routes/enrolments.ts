import { Type } from 'typebox';
import { enrolmentLifetime, openEnrolment } from '../enrolment.ts';
import type { AdminRoute } from '../route.ts';

export const enrolmentRoutes: readonly AdminRoute[] = [
  {
    method: 'POST',
    path: '/clients/{client_id}/enrolments',
    operationId: 'openEnrolment',
    summary: 'Make a one-use key by which a client enrols with ACME (RFC 8555 §7.3.4)',
    scope: 'mortise:admin',
    params: { client_id: 'Id of the client' },
    body: Type.Object(
      {
        lifetime_seconds: Type.Optional(
          Type.Integer({
            minimum: 60,
            maximum: enrolmentLifetime.maximumSeconds,
            description: `How long the key waits; default ${enrolmentLifetime.defaultSeconds}`,
          }),
        ),
      },
      { additionalProperties: false },
    ),
    status: 201,
    response: Type.Ref('Enrolment'),
    handle: ({ params, body, actor }, context) => {
      const lifetimeSeconds = body['lifetime_seconds'] as number | undefined;
      return openEnrolment(context, {
        clientId: params['client_id']!,
        ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
        actor,
      });
    },
  },
];
