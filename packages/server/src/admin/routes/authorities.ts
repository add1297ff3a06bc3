import { encodePem } from '@mortise/x509';
import { Type } from 'typebox';
import {
  type AuthorityKeyType,
  type AuthorityRecord,
  type AuthorityRequest,
  authorityKeyTypes,
  type KeyPlace,
  mainAuthority,
  readPrivateKey,
} from '../../authority/index.ts';
import {
  authorityRevocationSchema,
  importedAuthoritySchema,
  newAuthoritySchema,
} from '../authority-schemas.ts';
import { AdminError } from '../problems.ts';
import { finalReasons, readRevocationReason } from '../revocation-reasons.ts';
import type { AdminRoute } from '../route.ts';

const authorityParam = { authority_id: 'Id of the authority' };

export const authorityRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/authorities',
    operationId: 'listAuthorities',
    summary: 'List roots and intermediates, oldest first',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('Authority')) }),
    handle: (_request, { authority }) => ({ items: authority.list().map(authorityDocument) }),
  },
  {
    method: 'POST',
    path: '/authorities',
    operationId: 'createAuthority',
    summary:
      'Make an authority with a root, or another intermediate of one; from then on it is the one that issues',
    scope: 'mortise:admin',
    body: newAuthoritySchema,
    status: 201,
    response: Type.Ref('CreatedAuthority'),
    handle: async ({ body, actor }, { authority }) => {
      const asked = body as NewAuthority;
      const {
        name = mainAuthority,
        key_type: keyType,
        pkcs11_token: token,
        offline_root: offlineRoot,
      } = asked;
      const created = await authority.administration.create({
        name,
        ...(keyType === undefined ? {} : { keyType: readKeyType(keyType) }),
        ...(token === undefined ? {} : { place: placeOf(token) }),
        ...(offlineRoot === undefined ? {} : { offlineRoot }),
        ...(asked.permitted_names === undefined ? {} : { permittedNames: asked.permitted_names }),
        ...(asked.excluded_names === undefined ? {} : { excludedNames: asked.excluded_names }),
        ...rulesOf(asked),
        actor,
      });
      return created.done
        ? { authority: authorityDocument(created.authority) }
        : { request: requestDocument(created.request) };
    },
  },
  {
    method: 'POST',
    path: '/authorities/import',
    operationId: 'importAuthority',
    summary:
      'Take an authority made elsewhere with its key, or the certificate of a request that its root has signed',
    scope: 'mortise:admin',
    body: importedAuthoritySchema,
    status: 201,
    response: Type.Ref('Authority'),
    handle: async ({ body, actor }, { authority }) => {
      const asked = body as Readonly<Record<string, unknown>> & ImportedAuthority;
      const { name, certificates, private_key: privateKey, pkcs11_key: keyLocation } = asked;
      const { pkcs11_token: token } = asked;
      const { administration } = authority;
      if (privateKey === undefined && keyLocation === undefined) {
        if (token !== undefined) {
          throw new AdminError(400, 'key_place_invalid', 'the key of a request was made with it');
        }
        return authorityDocument(await administration.importSigned({ certificate: certificates, actor }));
      }
      if (name === undefined) throw new AdminError(400, 'request_invalid', 'name is needed with a key');
      const key = keyLocation === undefined ? readPrivateKey(privateKey!, undefined) : { keyLocation };
      const rules = rulesOf(asked);
      return authorityDocument(
        await administration.importAuthority({
          name,
          certificates,
          key,
          ...(token === undefined ? {} : { place: placeOf(token) }),
          rules,
          actor,
        }),
      );
    },
  },
  {
    method: 'GET',
    path: '/authority-requests',
    operationId: 'listAuthorityRequests',
    summary: 'List the intermediates whose root, kept elsewhere, has still to sign them',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('AuthorityRequest')) }),
    handle: async (_request, { authority }) => ({
      items: (await authority.administration.requests()).map(requestDocument),
    }),
  },
  {
    method: 'DELETE',
    path: '/authority-requests/{request_id}',
    operationId: 'cancelAuthorityRequest',
    summary: 'Forget a request and the key that was made for it',
    scope: 'mortise:admin',
    params: { request_id: 'Id of the request' },
    status: 204,
    handle: ({ params, actor }, { authority }) =>
      authority.administration.cancelRequest({ id: params['request_id']!, actor }),
  },
  {
    method: 'GET',
    path: '/authorities/{authority_id}',
    operationId: 'showAuthority',
    summary: 'Show an authority',
    scope: 'mortise:read',
    params: authorityParam,
    status: 200,
    response: Type.Ref('Authority'),
    handle: ({ params }, { authority }) => {
      const found = authority.show(params['authority_id']!);
      if (found === undefined) throw new AdminError(404, 'authority_unknown', 'there is no such authority');
      return authorityDocument(found);
    },
  },
  {
    method: 'POST',
    path: '/authorities/{authority_id}/revoke',
    operationId: 'revokeAuthority',
    summary: 'End an authority and those under it, their certificates, and the tokens obtained with them',
    scope: 'mortise:admin',
    params: { authority_id: 'Id of a root or intermediate, or the name of an authority: all its roots' },
    body: authorityRevocationSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { authority, revocation }) => {
      const { revocation_reason: given, reason } = body as Record<string, string | undefined>;
      const by = {
        actor,
        ...(reason === undefined ? {} : { reason }),
        ...(given === undefined ? {} : { revocationReason: readRevocationReason(given, finalReasons) }),
      };
      const outcome = await revocation.revokeAuthority(idsOf(authority, params['authority_id']!), by);
      return { changed: outcome.changed };
    },
  },
];

function placeOf(token: string | null): KeyPlace {
  return token === null ? { signer: 'file' } : { signer: 'pkcs11', token };
}

interface NewAuthority {
  readonly name?: string;
  readonly key_type?: string;
  readonly pkcs11_token?: string | null;
  readonly offline_root?: string;
  readonly profiles?: readonly string[];
  readonly clients?: readonly string[];
  readonly permitted_names?: readonly string[];
  readonly excluded_names?: readonly string[];
}

interface ImportedAuthority {
  readonly name?: string;
  readonly certificates: string;
  readonly private_key?: string;
  readonly pkcs11_key?: string;
  readonly pkcs11_token?: string | null;
  readonly profiles?: readonly string[];
  readonly clients?: readonly string[];
}

function rulesOf({ profiles, clients }: Pick<NewAuthority, 'profiles' | 'clients'>) {
  return {
    ...(profiles === undefined ? {} : { profiles }),
    ...(clients === undefined ? {} : { clients }),
  };
}

/** One root or intermediate by its id, or every root of an authority by its name. */
function idsOf(authority: { list(): AuthorityRecord[] }, given: string): string[] {
  const roots = authority.list().filter(({ name, kind }) => name === given && kind === 'root');
  return roots.length === 0 ? [given] : roots.map(({ id }) => id);
}

function readKeyType(text: string): AuthorityKeyType {
  const known = authorityKeyTypes.find((one) => one === text);
  if (known !== undefined) return known;
  throw new AdminError(400, 'key_type_invalid', `key_type is one of ${authorityKeyTypes.join(', ')}`);
}

function requestDocument(request: AuthorityRequest): object {
  return {
    request_id: request.id,
    name: request.name,
    parent_id: request.parentId,
    key_type: request.keyType,
    subject: request.subject,
    csr: encodePem('CERTIFICATE REQUEST', request.request),
    created_at: Math.floor(request.createdAt / 1000),
  };
}

function authorityDocument(record: AuthorityRecord): object {
  return {
    authority_id: record.id,
    name: record.name,
    ...(record.parentId === undefined ? {} : { parent_id: record.parentId }),
    kind: record.kind,
    state: record.state,
    signer: record.signer,
    ...(record.keyLocation === undefined ? {} : { key_location: record.keyLocation }),
    key_type: record.keyType,
    subject: record.subject,
    fingerprint256: record.fingerprint256,
    not_before: Math.floor(record.notBefore / 1000),
    not_after: Math.floor(record.notAfter / 1000),
    ...(record.revokedAt === undefined ? {} : { revoked_at: Math.floor(record.revokedAt / 1000) }),
    ...(record.revocationReason === undefined ? {} : { revocation_reason: record.revocationReason }),
    certificate: encodePem('CERTIFICATE', record.certificate),
  };
}
