import { Type } from 'typebox';
import {
  type Recall,
  type RecalledCertificate,
  type RecallFilter,
  type RecallProgress,
  type ReplacementState,
  replacementStates,
} from '../../authority/index.ts';
import type { AdminContext } from '../context.ts';
import { page, pageOf, pageQuery, pageSchema } from '../paging.ts';
import { AdminError } from '../problems.ts';
import { newRecallSchema, recallFilterSchema } from '../recall-schemas.ts';
import type { AdminRoute } from '../route.ts';

const recallParam = { recall_id: 'Id of the recall' };

interface FilterDocument {
  readonly authority_id?: string;
  readonly profile?: string;
  readonly key_type?: string;
  readonly issued_from?: number;
  readonly issued_until?: number;
}

export const recallRoutes: readonly AdminRoute[] = [
  {
    method: 'POST',
    path: '/recalls',
    operationId: 'recallCertificates',
    summary:
      'Have ACME clients replace certificates now: their renewal information (RFC 9773) says so from here on',
    scope: 'mortise:admin',
    body: newRecallSchema,
    status: 201,
    response: Type.Ref('Recall'),
    handle: async ({ body, actor }, { recalls }) => {
      const { filter, explanation_url: explanationUrl } = body as unknown as {
        filter: FilterDocument;
        explanation_url?: string;
      };
      const recall = await recalls.create({
        filter: readFilter(filter),
        ...(explanationUrl === undefined ? {} : { explanationUrl }),
        actor,
      });
      return recallDocument(recall, await recalls.progress(recall));
    },
  },
  {
    method: 'POST',
    path: '/recalls/preview',
    operationId: 'previewRecall',
    summary: 'Count the certificates that a recall would be about, without one',
    scope: 'mortise:read',
    body: recallFilterSchema,
    status: 200,
    response: Type.Ref('RecallProgress'),
    handle: async ({ body }, { recalls }) =>
      progressDocument(await recalls.preview(readFilter(body as FilterDocument))),
  },
  {
    method: 'GET',
    path: '/recalls',
    operationId: 'listRecalls',
    summary: 'List recalls, the newest first, without their progress',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('Recall')) }),
    handle: async (_request, { recalls }) => ({
      items: (await recalls.list()).map((recall) => recallDocument(recall)),
    }),
  },
  {
    method: 'GET',
    path: '/recalls/{recall_id}',
    operationId: 'showRecall',
    summary: 'Show a recall, and how much of it is replaced',
    scope: 'mortise:read',
    params: recallParam,
    status: 200,
    response: Type.Ref('Recall'),
    handle: async ({ params }, context) => {
      const recall = await found(context, params['recall_id']!);
      return recallDocument(recall, await context.recalls.progress(recall));
    },
  },
  {
    method: 'GET',
    path: '/recalls/{recall_id}/certificates',
    operationId: 'listRecalledCertificates',
    summary: 'List the certificates of a recall, in the order of their fingerprints',
    scope: 'mortise:read',
    params: recallParam,
    query: {
      ...pageQuery,
      state: Type.String({
        pattern: `^(${replacementStates.join('|')})$`,
        description: 'Only those in this state',
      }),
    },
    status: 200,
    response: pageSchema(Type.Ref('RecalledCertificate')),
    handle: async ({ params, query }, context) => {
      const wanted = pageOf(query);
      const state = query['state'] as ReplacementState | undefined;
      const recall = await found(context, params['recall_id']!);
      const certificates = await context.recalls.certificates(recall, {
        ...wanted,
        ...(state === undefined ? {} : { state }),
      });
      return page(certificates, wanted.limit, (one) => one.certificate.fingerprint256, recalledDocument);
    },
  },
  {
    method: 'POST',
    path: '/recalls/{recall_id}/end',
    operationId: 'endRecall',
    summary: 'End a recall: renewal information is as ever again',
    scope: 'mortise:admin',
    params: recallParam,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, actor }, context) => {
      const recall = await found(context, params['recall_id']!);
      return { changed: await context.recalls.end(recall.id, { actor }) };
    },
  },
];

async function found({ recalls }: AdminContext, id: string): Promise<Recall> {
  const recall = await recalls.find(id);
  if (recall === undefined) throw new AdminError(404, 'recall_unknown', 'there is no such recall');
  return recall;
}

function readFilter(document: FilterDocument): RecallFilter {
  const { authority_id: authorityId, key_type: keyType, profile } = document;
  const { issued_from: from, issued_until: until } = document;
  return {
    ...(authorityId === undefined ? {} : { authorityId }),
    ...(profile === undefined ? {} : { profile }),
    ...(keyType === undefined ? {} : { keyType }),
    ...(from === undefined ? {} : { issuedFrom: from * 1000 }),
    ...(until === undefined ? {} : { issuedUntil: until * 1000 }),
  };
}

function filterDocument(filter: RecallFilter): FilterDocument {
  const { authorityId, keyType, profile, issuedFrom, issuedUntil } = filter;
  return {
    ...(authorityId === undefined ? {} : { authority_id: authorityId }),
    ...(profile === undefined ? {} : { profile }),
    ...(keyType === undefined ? {} : { key_type: keyType }),
    ...(issuedFrom === undefined ? {} : { issued_from: Math.floor(issuedFrom / 1000) }),
    ...(issuedUntil === undefined ? {} : { issued_until: Math.floor(issuedUntil / 1000) }),
  };
}

function recallDocument(recall: Recall, progress?: RecallProgress): object {
  return {
    recall_id: recall.id,
    filter: filterDocument(recall.filter),
    ...(recall.explanationUrl === undefined ? {} : { explanation_url: recall.explanationUrl }),
    created_at: Math.floor(recall.createdAt / 1000),
    created_by: recall.createdBy,
    ...(recall.endedAt === undefined ? {} : { ended_at: Math.floor(recall.endedAt / 1000) }),
    ...(progress === undefined ? {} : { progress: progressDocument(progress) }),
  };
}

/** Rounded down, so that 100 means all of them. */
function progressDocument(progress: RecallProgress): object {
  const { certificates, replaced, revoked, expired, outstanding } = progress;
  const percent = certificates === 0 ? 100 : Math.floor((replaced * 1000) / certificates) / 10;
  return { certificates, replaced, revoked, expired, outstanding, replaced_percent: percent };
}

function recalledDocument({ certificate, state }: RecalledCertificate): object {
  const { fingerprint256, profile, authorityId, clientId, names, notAfter } = certificate;
  return {
    fingerprint256,
    state,
    profile,
    authority_id: authorityId,
    ...(clientId === undefined ? {} : { client_id: clientId }),
    names,
    not_after: Math.floor(notAfter / 1000),
  };
}
