import { Type } from 'typebox';
import { page, pageOf, pageQuery, pageSchema } from '../paging.ts';
import { AdminError } from '../problems.ts';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

export const acmeAccountRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/acme-accounts',
    operationId: 'listAcmeAccounts',
    summary: 'List ACME accounts, deactivated ones too, in the order of their ids',
    scope: 'mortise:read',
    query: {
      ...pageQuery,
      client_id: Type.String({ description: 'Only those that are bound to this client' }),
    },
    status: 200,
    response: pageSchema(Type.Ref('AcmeAccount')),
    handle: async ({ query }, { enrolmentAdministration }) => {
      const administration = await enrolmentAdministration();
      const wanted = pageOf(query);
      const { client_id: clientId } = query;
      const found = await administration.accounts({
        ...wanted,
        ...(clientId === undefined ? {} : { clientId }),
      });
      return page(
        found,
        wanted.limit,
        ({ id }) => id,
        (account) => ({
          account_id: account.id,
          account_url: administration.accountUrl(account),
          profile: account.profile,
          ...(account.clientId === undefined ? {} : { client_id: account.clientId }),
          status: account.status,
          contact: account.contact,
          jkt: account.thumbprint,
          created_at: Math.floor(account.createdAt / 1000),
        }),
      );
    },
  },
  {
    method: 'POST',
    path: '/acme-accounts/{account_id}/deactivate',
    operationId: 'deactivateAcmeAccount',
    summary: 'End an ACME account for good; its certificates stay (RFC 8555 §7.3.6)',
    scope: 'mortise:admin',
    params: { account_id: 'Id of the account: the last part of its URL' },
    body: schemas.reasonSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { enrolmentAdministration }) => {
      const id = params['account_id']!;
      const by = { actor, ...(typeof body['reason'] === 'string' ? { reason: body['reason'] } : {}) };
      const outcome = await (await enrolmentAdministration()).deactivateAccount(id, by);
      if (outcome === 'unknown') {
        throw new AdminError(404, 'account_unknown', `there is no ACME account ${id.slice(0, 200)}`);
      }
      return { changed: outcome === 'done' };
    },
  },
];
