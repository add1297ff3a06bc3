import { Type } from 'typebox';
import { type Client, ClientError, credentialInformation } from '../../clients/index.ts';
import type { JsonObject } from '../../events/index.ts';
import type { AdminContext } from '../context.ts';
import { openEnrolment } from '../enrolment.ts';
import { page, pageOf, pageQuery, pageSchema } from '../paging.ts';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

const clientParam = { client_id: 'Id of the client' };

export const clientRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/clients',
    operationId: 'listClients',
    summary: 'List clients, without their credentials, in the order of their ids',
    scope: 'mortise:read',
    query: pageQuery,
    status: 200,
    response: pageSchema(Type.Ref('Client')),
    handle: async ({ query }, { clients }) => {
      const wanted = pageOf(query);
      const records = await clients.list(wanted);
      return page(
        records,
        wanted.limit,
        (record) => record.clientId,
        (record) => clients.information({ ...record, credentials: [] }),
      );
    },
  },
  {
    method: 'POST',
    path: '/clients',
    operationId: 'createClient',
    summary: 'Register a client (RFC 7591 metadata)',
    scope: 'mortise:admin',
    body: schemas.newClientSchema,
    status: 201,
    response: Type.Ref('Client'),
    handle: async ({ body, actor }, context) => {
      const { clients } = context;
      const { client_secret_expires_at: expiresAt, enrol, ...metadata } = body as JsonObject;
      const { client, secret } = await clients.create({
        metadata,
        ...(typeof expiresAt === 'number' && expiresAt > 0 ? { secretExpiresAt: expiresAt * 1000 } : {}),
        actor,
      });
      const information = clients.information(client, secret);
      if (enrol !== true) return information;
      return {
        ...information,
        enrolment: await openEnrolment(context, { clientId: client.clientId, actor }),
      };
    },
  },
  {
    method: 'GET',
    path: '/clients/{client_id}',
    operationId: 'showClient',
    summary: 'Show a client and all its credentials, ended ones too',
    scope: 'mortise:read',
    params: clientParam,
    status: 200,
    response: Type.Ref('Client'),
    handle: ({ params }, context) => show(context, params['client_id']!),
  },
  {
    method: 'PATCH',
    path: '/clients/{client_id}',
    operationId: 'updateClient',
    summary: 'Change members of a client; null removes one (RFC 7396)',
    scope: 'mortise:admin',
    params: clientParam,
    body: schemas.clientChangesSchema,
    status: 200,
    response: Type.Ref('Client'),
    handle: async ({ params, body, actor }, { clients }) => {
      const changes = body as JsonObject;
      const { client, secret } = await clients.update({ clientId: params['client_id']!, changes, actor });
      return clients.information(client, secret);
    },
  },
  ...(['suspend', 'resume', 'revoke'] as const).map(
    (act): AdminRoute => ({
      method: 'POST',
      path: `/clients/{client_id}/${act}`,
      operationId: `${act}Client`,
      summary: {
        suspend: 'Refuse a client and end its tokens, until it is resumed',
        resume: 'Let a suspended client in again; its former tokens stay dead',
        revoke: 'End a client for good, with its credentials, certificates and tokens',
      }[act],
      scope: 'mortise:admin',
      params: clientParam,
      body: schemas.reasonSchema,
      status: 200,
      response: Type.Ref('Client'),
      handle: async ({ params, body, actor }, context) => {
        const clientId = params['client_id']!;
        const { revocation } = context;
        const by = { actor, ...(typeof body['reason'] === 'string' ? { reason: body['reason'] } : {}) };
        if (act === 'suspend') await revocation.suspendClient(clientId, by);
        else if (act === 'resume') await revocation.resumeClient(clientId, by);
        else await revocation.revokeClient(clientId, by);
        return show(context, clientId);
      },
    }),
  ),
];

async function show({ clients }: AdminContext, clientId: string): Promise<JsonObject> {
  const client: Client | undefined = await clients.read(clientId);
  if (client === undefined)
    throw new ClientError('client_unknown', `there is no client ${clientId.slice(0, 200)}`);
  const credentials = (await clients.credentials(clientId)).map(credentialInformation);
  return { ...clients.information(client), credentials };
}
