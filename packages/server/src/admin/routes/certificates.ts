import { encodePem } from '@mortise/x509';
import { Type } from 'typebox';
import {
  type AuthorityKeyType,
  authorityKeyTypes,
  type IssuedCertificate,
  type ProfileName,
  revocationReasons,
} from '../../authority/index.ts';
import { page, pageOf, pageQuery, pageSchema } from '../paging.ts';
import { AdminError } from '../problems.ts';
import { readRevocationReason } from '../revocation-reasons.ts';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

const fingerprintParam = { fingerprint: 'SHA-256 of the certificate, hexadecimal' };

export const certificateRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/certificates',
    operationId: 'listCertificates',
    summary: 'List issued certificates, in the order of their fingerprints',
    scope: 'mortise:read',
    query: {
      ...pageQuery,
      client_id: Type.String({ description: 'Only those of this client' }),
      authority_id: Type.String({ description: 'Only those of this authority' }),
    },
    status: 200,
    response: pageSchema(Type.Ref('Certificate')),
    handle: async ({ query }, { authority }) => {
      const wanted = pageOf(query);
      const { client_id: clientId, authority_id: authorityId } = query;
      const found = await authority.listCertificates({
        ...wanted,
        filter: {
          ...(clientId === undefined ? {} : { clientId }),
          ...(authorityId === undefined ? {} : { authorityId }),
        },
      });
      return page(found, wanted.limit, (certificate) => certificate.fingerprint256, certificateDocument);
    },
  },
  {
    method: 'POST',
    path: '/certificates',
    operationId: 'issueCertificate',
    summary:
      'Issue a certificate, from a request or with a key made here; that of a client is registered on it',
    scope: 'mortise:admin',
    body: schemas.certificateRequestSchema,
    status: 201,
    response: Type.Ref('Certificate'),
    handle: async ({ body, actor }, { authority }) => {
      const request = body as {
        profile?: ProfileName;
        authority?: string;
        key_type?: string;
        client_id?: string;
        csr?: string;
        names?: string[];
        lifetime_seconds?: number;
      };
      const issued = await authority.issue({
        profile: request.profile ?? 'client',
        ...(request.authority === undefined ? {} : { authority: request.authority }),
        ...(request.key_type === undefined ? {} : { keyType: keyType(request.key_type) }),
        ...(request.client_id === undefined ? {} : { clientId: request.client_id }),
        ...(request.csr === undefined ? {} : { csr: request.csr }),
        ...(request.names === undefined ? {} : { names: request.names }),
        ...(request.lifetime_seconds === undefined ? {} : { lifetimeSeconds: request.lifetime_seconds }),
        actor,
      });
      const { record, certificate, chain, keyPem } = issued;
      return {
        ...certificateDocument(record),
        certificates: [certificate, ...chain].map((each) => each.toPem()).join(''),
        ca: authority
          .roots()
          .map((root) => root.toPem())
          .join(''),
        ...(keyPem === undefined ? {} : { private_key: keyPem }),
      };
    },
  },
  {
    method: 'GET',
    path: '/certificates/{fingerprint}',
    operationId: 'showCertificate',
    summary: 'Show an issued certificate',
    scope: 'mortise:read',
    params: fingerprintParam,
    status: 200,
    response: Type.Ref('Certificate'),
    handle: async ({ params }, { authority }) => {
      const found = await authority.findCertificate(params['fingerprint']!);
      if (found === undefined)
        throw new AdminError(404, 'certificate_unknown', 'no such certificate was issued here');
      return certificateDocument(found);
    },
  },
  {
    method: 'POST',
    path: '/certificates/{fingerprint}/revoke',
    operationId: 'revokeCertificate',
    summary: 'End a certificate, its connections, and the tokens obtained with it or bound to it',
    scope: 'mortise:admin',
    params: fingerprintParam,
    body: schemas.certificateRevocationSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { revocation }) => {
      const {
        revocation_reason: given,
        reason,
        client_id: clientId,
      } = body as Record<string, string | undefined>;
      const outcome = await revocation.revokeCertificate(
        {
          fingerprint256: params['fingerprint']!,
          ...(given === undefined ? {} : { reason: readRevocationReason(given, revocationReasons) }),
          ...(clientId === undefined ? {} : { clientId }),
        },
        { actor, ...(reason === undefined ? {} : { reason }) },
      );
      return { changed: outcome.changed };
    },
  },
  {
    method: 'POST',
    path: '/certificates/{fingerprint}/release',
    operationId: 'releaseCertificate',
    summary: 'End the hold (certificate_hold) of a certificate that was issued here',
    scope: 'mortise:admin',
    params: fingerprintParam,
    body: schemas.reasonSchema,
    status: 200,
    response: Type.Ref('Outcome'),
    handle: async ({ params, body, actor }, { revocation }) => {
      const { reason } = body as { reason?: string };
      const by = { actor, ...(reason === undefined ? {} : { reason }) };
      return { changed: (await revocation.releaseCertificate(params['fingerprint']!, by)).changed };
    },
  },
];

function keyType(text: string): AuthorityKeyType {
  const known = authorityKeyTypes.find((one) => one === text);
  if (known !== undefined) return known;
  throw new AdminError(400, 'key_type_invalid', `key_type is one of ${authorityKeyTypes.join(', ')}`);
}

/** `keyCompromise` for our `key_compromise`. */
function certificateDocument(issued: IssuedCertificate): object {
  return {
    fingerprint256: issued.fingerprint256,
    'x5t#S256': issued.x5t,
    serial_number: issued.serialNumber,
    subject: issued.subject,
    names: issued.names,
    profile: issued.profile,
    ...(issued.clientId === undefined ? {} : { client_id: issued.clientId }),
    ...(issued.credentialId === undefined ? {} : { credential_id: issued.credentialId }),
    authority_id: issued.authorityId,
    not_before: Math.floor(issued.notBefore / 1000),
    not_after: Math.floor(issued.notAfter / 1000),
    ...(issued.revokedAt === undefined ? {} : { revoked_at: Math.floor(issued.revokedAt / 1000) }),
    ...(issued.revocationReason === undefined ? {} : { revocation_reason: issued.revocationReason }),
    certificate: encodePem('CERTIFICATE', issued.certificate),
  };
}
