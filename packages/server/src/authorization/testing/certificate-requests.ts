import assert from 'node:assert/strict';
import type { Certificate } from '@mortise/x509';
import type { RefusalCode, RefusalReason } from '../refusal.ts';
import type { OAuthResponse, PresentedCertificate } from '../request.ts';
import { type AuthorizationFixture, formRequest, json, presented } from './authorization-fixture.ts';

/** Token requests with nothing but a certificate, to the server of a fixture that is made later. */
export interface CertificateRequests {
  askWith(clientId: string, certificate: PresentedCertificate | undefined): Promise<OAuthResponse>;
  /** Over a new connection with a full handshake. */
  ask(clientId: string, certificate: Certificate, chain?: readonly Certificate[]): Promise<OAuthResponse>;
  lastReason(): RefusalReason;
  refusedAs(code: RefusalCode, asking: Promise<OAuthResponse>): Promise<OAuthResponse>;
}

export function certificateRequests(fixture: () => AuthorizationFixture): CertificateRequests {
  const requests: CertificateRequests = {
    askWith: async (clientId, certificate) =>
      fixture().server.token(
        formRequest({ grant_type: 'client_credentials', client_id: clientId }, { certificate }),
      ),
    ask: (clientId, certificate, chain = []) => requests.askWith(clientId, presented(certificate, chain)),
    lastReason: () => fixture().refusals.at(-1)!.reason,
    async refusedAs(code, asking) {
      const response = await asking;
      assert.equal(response.status, 401, response.body);
      assert.equal(json(response)['error'], 'invalid_client');
      assert.equal(response.headers['www-authenticate'], undefined);
      assert.equal(requests.lastReason().code, code, JSON.stringify(requests.lastReason()));
      return response;
    },
  };
  return requests;
}
