import { Type } from 'typebox';
import { crlRequestDocument } from '../../authority/index.ts';
import type { RootCrl } from '../../revocation/index.ts';
import { importedCrlSchema } from '../root-crl-schemas.ts';
import type { AdminRoute } from '../route.ts';

/** The CRLs of roots whose keys are kept offline. */
export const rootCrlRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/root-crls',
    operationId: 'listRootCrls',
    summary: 'List the roots whose keys are kept offline, and the CRLs that are published for them',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('RootCrl')) }),
    handle: async (_request, { rootCrls }) => ({ items: (await rootCrls.list()).map(rootCrlDocument) }),
  },
  {
    method: 'POST',
    path: '/root-crls',
    operationId: 'importRootCrl',
    summary: 'Publish the CRL of a root that was signed where its key is',
    scope: 'mortise:admin',
    body: importedCrlSchema,
    status: 201,
    response: Type.Ref('RootCrl'),
    handle: async ({ body, actor }, { rootCrls }) => {
      const { crl } = body as { crl: string };
      return rootCrlDocument(await rootCrls.import({ crl, actor }));
    },
  },
  {
    method: 'GET',
    path: '/root-crls/{authority_id}/request',
    operationId: 'requestRootCrl',
    summary: 'Ask what the next CRL of a root has to hold',
    scope: 'mortise:read',
    params: {
      authority_id: 'Id of the root, or the name of an authority with one such root that is not revoked',
    },
    status: 200,
    response: Type.Ref('CrlRequest'),
    handle: async ({ params }, { rootCrls }) =>
      crlRequestDocument(await rootCrls.request(params['authority_id']!)),
  },
];

function rootCrlDocument({ root, state, lacking, due, published }: RootCrl): object {
  return {
    authority_id: root.id,
    name: root.name,
    subject: root.subject,
    state,
    lacking,
    due,
    ...(published === undefined
      ? {}
      : {
          crl_number: published.number,
          this_update: Math.floor(published.thisUpdate / 1000),
          next_update: Math.floor(published.nextUpdate / 1000),
        }),
  };
}
