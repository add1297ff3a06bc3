import { encodePem } from '@mortise/x509';
import { Type } from 'typebox';
import {
  type AuthorityKeyType,
  type AuthorityRecord,
  holderOf,
  type KeyPlace,
  mainAuthority,
  type RolloverStatus,
  readSuccessor,
  rolloverRequestDocument,
  type StepOptions,
  type SuccessorDocument,
  type SwitchOptions,
} from '../../authority/index.ts';
import { AdminError } from '../problems.ts';
import { newRolloverSchema, rolloverStepSchema, rolloverSwitchSchema } from '../rollover-schemas.ts';
import type { AdminRequest, AdminRoute } from '../route.ts';

const nameParam = { authority: 'Name of the authority; the first one is called main' };

export const rolloverRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/rollovers',
    operationId: 'listRollovers',
    summary: "List each authority's latest rollover",
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('Rollover')) }),
    handle: async (_request, { rollovers }) => ({
      items: (await rollovers.list()).map((status) => rolloverDocument(status)),
    }),
  },
  {
    method: 'POST',
    path: '/rollovers',
    operationId: 'publishRollover',
    summary: 'Begin to replace a root: make the new one, cross-certify both, and give it out to be trusted',
    scope: 'mortise:admin',
    body: newRolloverSchema,
    status: 201,
    response: Type.Ref('Rollover'),
    handle: async ({ body, actor }, { rollovers }) => {
      const { authority, key_type: keyType, pkcs11_key: keyLocation, successor } = body as NewRollover;
      const place = keyPlace(body as NewRollover);
      if (successor !== undefined) {
        if (keyType !== undefined || keyLocation !== undefined) {
          throw new AdminError(400, 'request_invalid', 'the key of a successor is made where it is');
        }
        const name = authority ?? mainAuthority;
        await rollovers.offline.publish({
          name,
          successor: readSuccessor({ ...successor }),
          ...(place === undefined ? {} : { place }),
          actor,
        });
        return rolloverDocument(await rollovers.status(name));
      }
      return rolloverDocument(
        await rollovers.publish({
          name: authority ?? mainAuthority,
          ...(keyType === undefined ? {} : { keyType }),
          ...(place === undefined ? {} : { place }),
          actor,
        }),
      );
    },
  },
  {
    method: 'GET',
    path: '/rollovers/{authority}',
    operationId: 'showRollover',
    summary: 'Show how far a rollover is, who trusts the new root, and who is in the way',
    scope: 'mortise:read',
    params: nameParam,
    status: 200,
    response: Type.Ref('Rollover'),
    handle: async ({ params }, { rollovers }) =>
      rolloverDocument(await rollovers.status(params['authority']!)),
  },
  {
    method: 'GET',
    path: '/rollovers/{authority}/request',
    operationId: 'requestRollover',
    summary: 'Ask what is needed to make the successor of a root that is kept offline',
    scope: 'mortise:read',
    params: nameParam,
    status: 200,
    response: Type.Ref('RolloverRequest'),
    handle: async ({ params }, { rollovers }) =>
      rolloverRequestDocument(await rollovers.offline.request(params['authority']!)),
  },
  {
    method: 'POST',
    path: '/rollovers/{authority}/switch',
    operationId: 'switchRollover',
    summary: 'Let the new root sign, once everybody has reported to trust it',
    scope: 'mortise:admin',
    params: nameParam,
    body: rolloverSwitchSchema,
    status: 200,
    response: Type.Ref('Rollover'),
    handle: async (request, { rollovers }) => {
      const { status, broken } = await rollovers.switch(request.params['authority']!, switchOptions(request));
      return rolloverDocument(status, broken);
    },
  },
  {
    method: 'POST',
    path: '/rollovers/{authority}/retire',
    operationId: 'retireRollover',
    summary: 'End the old root and what is under it, once nobody needs it any more',
    scope: 'mortise:admin',
    params: nameParam,
    body: rolloverStepSchema,
    status: 200,
    response: Type.Ref('Rollover'),
    handle: async (request, { rollovers }) => {
      const { status, broken } = await rollovers.retire(request.params['authority']!, stepOptions(request));
      return rolloverDocument(status, broken);
    },
  },
  {
    method: 'POST',
    path: '/rollovers/{authority}/cancel',
    operationId: 'cancelRollover',
    summary: 'Take a new root back that has not signed anything yet',
    scope: 'mortise:admin',
    params: nameParam,
    status: 200,
    response: Type.Ref('Rollover'),
    handle: async ({ params, actor }, { rollovers }) =>
      rolloverDocument(await rollovers.cancel(params['authority']!, { actor })),
  },
];

interface GivenPlace {
  /** Null: in the database. */
  readonly pkcs11_token?: string | null;
  readonly pkcs11_key?: string;
}

interface NewRollover extends GivenPlace {
  readonly authority?: string;
  readonly key_type?: AuthorityKeyType;
  readonly successor?: SuccessorDocument;
}

/** Where the key shall be, as the body says it; undefined for the default. Throws AdminError `key_place_invalid`. */
function keyPlace({ pkcs11_token: token, pkcs11_key: keyLocation }: GivenPlace): KeyPlace | undefined {
  if (token !== undefined && keyLocation !== undefined) {
    throw new AdminError(400, 'key_place_invalid', 'a key is made, or is on a token already: not both');
  }
  if (token === null) return { signer: 'file' };
  if (token !== undefined) return { signer: 'pkcs11', token };
  return keyLocation === undefined ? undefined : { signer: 'pkcs11', keyLocation };
}

function stepOptions({ body, actor }: AdminRequest): StepOptions {
  const { waive = [], force = false } = body as { waive?: string[]; force?: boolean };
  return { actor, waive, force };
}

function switchOptions(request: AdminRequest): SwitchOptions {
  const place = keyPlace(request.body as GivenPlace);
  return { ...stepOptions(request), ...(place === undefined ? {} : { place }) };
}

function rolloverDocument(status: RolloverStatus, broken?: readonly string[]): object {
  const { record, phase, next, blocking, waived } = status;
  const { newByOld, oldByNew, switchedAt } = record;
  return {
    rollover_id: record.id,
    authority: record.name,
    phase,
    ...(next === undefined ? {} : { next }),
    old_root: rootDocument(status.oldRoot),
    new_root: rootDocument(status.newRoot),
    cross_certificates: {
      ...(newByOld === undefined ? {} : { new_by_old: encodePem('CERTIFICATE', newByOld) }),
      old_by_new: encodePem('CERTIFICATE', oldByNew),
    },
    published_at: seconds(record.publishedAt),
    ...(switchedAt === undefined ? {} : { switched_at: seconds(switchedAt) }),
    participants: status.participants.map(({ name, kind, state, processes, lastReportAt }) => ({
      name,
      kind,
      state,
      processes,
      ...(lastReportAt === undefined ? {} : { last_report_at: seconds(lastReportAt) }),
    })),
    certificates: status.certificates.map((certificate) => ({
      fingerprint256: certificate.fingerprint256,
      holder: holderOf(certificate),
      profile: certificate.profile,
      names: certificate.names,
      not_after: seconds(certificate.notAfter),
    })),
    blocking,
    waived,
    ...(broken === undefined ? {} : { broken }),
  };
}

function rootDocument({ id, subject, fingerprint256, notAfter }: AuthorityRecord): object {
  return { authority_id: id, subject, fingerprint256, not_after: seconds(notAfter) };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
