import { Type } from 'typebox';
import { ClientError } from '../../clients/index.ts';
import { enrolmentLifetime, openEnrolment } from '../enrolment.ts';
import { page, pageOf, pageQuery, pageSchema } from '../paging.ts';
import { AdminError } from '../problems.ts';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

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
    method: 'GET',
    path: '/clients/{client_id}/enrolments',
    operationId: 'listEnrolments',
    summary: 'List the keys of a client that may still bind an ACME account, in the order of their ids',
    scope: 'mortise:read',
    params: { client_id: 'Id of the client' },
    query: pageQuery,
    status: 200,
    response: pageSchema(Type.Ref('EnrolmentKey')),
    handle: async ({ params, query }, { clients, enrolmentAdministration }) => {
      const clientId = params['client_id']!;
      if ((await clients.read(clientId)) === undefined) {
        throw new ClientError('client_unknown', `there is no client ${clientId.slice(0, 200)}`);
      }
      const wanted = pageOf(query);
      const found = await (await enrolmentAdministration()).unusedKeys({ clientId, ...wanted });
      return page(
        found,
        wanted.limit,
        ({ kid }) => kid,
        (key) => ({
          eab_kid: key.kid,
          client_id: key.clientId,
          profile: key.profile,
          created_at: Math.floor(key.createdAt / 1000),
          eab_expires_at: Math.floor(key.expiresAt / 1000),
        }),
      );
    },
  },
  {
    method: 'POST',
    path: '/clients/{client_id}/enrolments/{eab_kid}/withdraw',
    operationId: 'withdrawEnrolment',
    summary: 'Withdraw a key that has bound no ACME account: from then on it binds none',
    scope: 'mortise:admin',
    params: { client_id: 'Id of the client', eab_kid: 'Id of the key' },
    body: schemas.reasonSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { enrolmentAdministration }) => {
      const [clientId, kid] = [params['client_id']!, params['eab_kid']!];
      const by = { actor, ...(typeof body['reason'] === 'string' ? { reason: body['reason'] } : {}) };
      const outcome = await (await enrolmentAdministration()).withdrawKey({ clientId, kid }, by);
      if (outcome === 'unknown') {
        throw new AdminError(404, 'enrolment_unknown', `the client has no such key ${kid.slice(0, 200)}`);
      }
      if (outcome === 'used') {
        throw new AdminError(409, 'enrolment_used', 'the key has bound an account; deactivate that');
      }
      return { changed: true };
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
    query: {
      profile: Type.String({
        maxLength: 63,
        description:
          'One that issues to clients alone and that an authority issues to this one; default client',
      }),
    },
    handle: ({ clientId, query, actor }, context) =>
      openEnrolment(context, {
        clientId,
        ...profileOf(query),
        lifetimeSeconds: exchangedLifetimeSeconds,
        actor,
        forItself: true,
      }),
  },
];

function profileOf(members: Readonly<Record<string, unknown>>): { profile?: string } {
  return typeof members['profile'] === 'string' ? { profile: members['profile'] } : {};
}
