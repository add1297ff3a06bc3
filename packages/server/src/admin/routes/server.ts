import { Type } from 'typebox';
import type { AdminRoute } from '../route.ts';

export const serverRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/server',
    operationId: 'showServer',
    summary: 'The names of this server, its version, and the position of its feed',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({
      issuer: Type.String(),
      mtls_url: Type.String(),
      pki_url: Type.String(),
      version: Type.String(),
      position: Type.Integer(),
      denylist_entries: Type.Integer(),
    }),
    handle: (_request, { issuer, mtlsUrl, pkiUrl, version, feed, revocation }) => ({
      issuer,
      mtls_url: mtlsUrl,
      pki_url: pkiUrl,
      version,
      position: feed.position,
      denylist_entries: revocation.denylist.size,
    }),
  },
];
