import { Type } from 'typebox';
import { enrolmentLifetime, openEnrolment } from '../enrolment.ts';
import type { AdminRoute } from '../route.ts';

/** Long enough to start an ACME client with it, and of no use to whoever finds it in a log later. */
const exchangedLifetimeSeconds = 600;

const profileMember = Type.Optional(
  Type.String({
    maxLength: 63,
    description:
      'One with an ACME directory; default client. Where it does not issue to clients, challenges prove the names',
  }),
);

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
        profile: profileMember,
      },
      { additionalProperties: false },
    ),
    status: 201,
    response: Type.Ref('Enrolment'),
    handle: ({ params, body, actor }, context) => {
      const lifetimeSeconds = body['lifetime_seconds'] as number | undefined;
      return openEnrolment(context, {
        clientId: params['client_id']!,
        ...profileOf(body),
        ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
        actor,
      });
    },
  },
  {
    method: 'POST',
    path: '/enrolments',
    operationId: 'exchangeForEnrolment',
    summary: `Exchange the token for a one-use key of ${exchangedLifetimeSeconds / 60} minutes by which its own client enrols with ACME`,
    scope: 'mortise:enrol',
    status: 201,
    response: Type.Ref('Enrolment'),
    query: { profile: Type.String({ maxLength: 63, description: 'As in openEnrolment' }) },
    handle: ({ clientId, query, actor }, context) =>
      openEnrolment(context, {
        clientId,
        ...profileOf(query),
        lifetimeSeconds: exchangedLifetimeSeconds,
        actor,
      }),
  },
];

function profileOf(members: Readonly<Record<string, unknown>>): { profile?: string } {
  return typeof members['profile'] === 'string' ? { profile: members['profile'] } : {};
}
