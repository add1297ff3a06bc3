import type { Endpoint } from '../endpoint.ts';

/** RFC 8555 §7.1.1, with RFC 9773 §3 and the profiles of draft-ietf-acme-profiles §3. */
export const directory: Endpoint = {
  path: 'directory',
  signedBy: 'nobody',
  handle: async ({ context, profile, urls }) => ({
    status: 200,
    document: {
      newNonce: `${urls.base}/new-nonce`,
      newAccount: `${urls.base}/new-account`,
      newOrder: `${urls.base}/new-order`,
      newAuthz: `${urls.base}/new-authorization`,
      revokeCert: `${urls.base}/revoke-certificate`,
      keyChange: `${urls.base}/key-change`,
      renewalInfo: `${urls.base}/renewal-info`,
      meta: {
        externalAccountRequired: profile.forClients || context.externalAccountRequired,
        profiles: { [profile.name]: profile.description },
      },
    },
  }),
};

/** RFC 8555 §7.2: 200 to HEAD, 204 to GET. */
export const newNonce: Endpoint = {
  path: 'new-nonce',
  signedBy: 'nobody',
  handle: async ({ context, request }) => ({
    status: request.method === 'HEAD' ? 200 : 204,
    headers: { 'Replay-Nonce': context.nonces.issue() },
  }),
};
