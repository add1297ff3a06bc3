/** The steps of the quickstart: what is sent, and what has to come back. */
import type { Household } from './household.ts';
import { type Answer, basic, claimsOf, send } from './requests.ts';

export interface Shown {
  sent: string;
  came: string;
  asExpected: boolean;
}

export interface Step {
  title: string;
  run: () => Promise<Shown>;
}

/** The steps share what they obtain: the tokens of `partner` and of `billing`. */
export function steps(household: Household): Step[] {
  const { mortise, anchors, apiUrl } = household;
  const publicTokenEndpoint = `${mortise.ready.issuer}/oauth2/token`;
  const mtlsTokenEndpoint = `${mortise.ready.mtls}/oauth2/token`;
  const partner = household.certificateOf('partner');
  const billing = household.certificateOf('billing');
  const grant = { grant_type: 'client_credentials', scope: 'payments:write' };
  let billingToken = '';

  const callApi = (token: string, certificate?: typeof partner): Promise<Answer> =>
    send({
      method: 'POST',
      url: `${apiUrl}/payments`,
      anchors,
      certificate,
      headers: { authorization: `Bearer ${token}` },
    });

  return [
    {
      title: 'A secret alone: a bearer token',
      run: async () => {
        const answer = await send({
          method: 'POST',
          url: publicTokenEndpoint,
          anchors,
          headers: { authorization: basic('partner', household.partnerSecret) },
          form: grant,
        });
        return {
          sent: 'POST /oauth2/token (public)  partner + secret  scope=payments:write',
          came: describeToken(answer),
          asExpected: answer.status === 200 && confirmation(answer) === undefined,
        };
      },
    },
    {
      title: 'The same secret over mutual TLS: the token is bound to the certificate',
      run: async () => {
        const answer = await send({
          method: 'POST',
          url: mtlsTokenEndpoint,
          anchors,
          certificate: partner,
          headers: { authorization: basic('partner', household.partnerSecret) },
          form: grant,
        });
        return {
          sent: 'POST /oauth2/token (mtls)    partner + secret + partner/cert.pem',
          came: describeToken(answer),
          asExpected: answer.status === 200 && confirmation(answer) !== undefined,
        };
      },
    },
    {
      title: 'No secret at all (tls_client_auth): bound',
      run: async () => {
        const answer = await send({
          method: 'POST',
          url: mtlsTokenEndpoint,
          anchors,
          certificate: billing,
          form: { ...grant, client_id: 'billing' },
        });
        billingToken = String(answer.body['access_token']);
        return {
          sent: 'POST /oauth2/token (mtls)    client_id=billing + billing/cert.pem',
          came: describeToken(answer),
          asExpected: answer.status === 200 && confirmation(answer) !== undefined,
        };
      },
    },
    {
      title: 'The API, with the token over its own certificate',
      run: async () =>
        expectStatus(
          200,
          "POST /payments  billing's token + billing/cert.pem",
          await callApi(billingToken, billing),
        ),
    },
    {
      title: 'The thief: the stolen token over no certificate',
      run: async () =>
        expectStatus(401, "POST /payments  billing's token, no certificate", await callApi(billingToken)),
    },
    {
      title: "The thief: the stolen token over another client's certificate",
      run: async () =>
        expectStatus(
          401,
          "POST /payments  billing's token + partner/cert.pem",
          await callApi(billingToken, partner),
        ),
    },
    {
      title: 'A scope that is missing',
      run: async () => {
        const narrow = await send({
          method: 'POST',
          url: mtlsTokenEndpoint,
          anchors,
          certificate: billing,
          form: { grant_type: 'client_credentials', client_id: 'billing', scope: 'payments:read' },
        });
        const answer = await callApi(String(narrow.body['access_token']), billing);
        return expectStatus(403, 'POST /payments  a token with payments:read only', answer);
      },
    },
    {
      title: 'Revoked: the API refuses, without asking anybody',
      run: async () => {
        const administrator = await send({
          method: 'POST',
          url: mtlsTokenEndpoint,
          anchors,
          certificate: household.administrator,
          form: {
            grant_type: 'client_credentials',
            client_id: 'admin',
            scope: 'mortise:admin',
            resource: `${mortise.ready.mtls}/admin/v1`,
          },
        });
        const before = await callApi(billingToken, billing);
        const started = performance.now();
        const revoked = await send({
          method: 'POST',
          url: `${mortise.ready.mtls}/admin/v1/clients/billing/revoke`,
          anchors,
          certificate: household.administrator,
          json: { reason: 'the quickstart says so' },
          headers: { authorization: `Bearer ${String(administrator.body['access_token'])}` },
        });
        let answer = await callApi(billingToken, billing);
        while (answer.status === 200 && performance.now() - started < 10_000) {
          answer = await callApi(billingToken, billing);
        }
        const took = Math.round(performance.now() - started);
        const shown = expectStatus(
          401,
          "mortise client revoke billing; POST /payments  billing's token",
          answer,
        );
        return {
          ...shown,
          came: `${shown.came}, ${took} ms after the revocation was sent`,
          asExpected: shown.asExpected && before.status === 200 && revoked.status === 200,
        };
      },
    },
  ];
}

function expectStatus(status: number, sent: string, answer: Answer): Shown {
  const challenge = /error="([^"]+)"/.exec(String(answer.headers['www-authenticate'] ?? ''))?.[1];
  const text = challenge ?? JSON.stringify(answer.body);
  return { sent, came: `${answer.status} ${text}`.trim(), asExpected: answer.status === status };
}

function confirmation(answer: Answer): string | undefined {
  if (answer.status !== 200) return undefined;
  const { cnf } = claimsOf(answer.body['access_token']) as { cnf?: Record<string, string> };
  return cnf?.['x5t#S256'];
}

function describeToken(answer: Answer): string {
  if (answer.status !== 200) return `${answer.status} ${JSON.stringify(answer.body)}`;
  const { aud, scope } = claimsOf(answer.body['access_token']);
  const bound = confirmation(answer);
  const binding = bound === undefined ? 'no cnf: a bearer token' : `cnf.x5t#S256=${bound.slice(0, 8)}…`;
  return `200 aud=${String(aud)} scope=${String(scope)} ${binding}`;
}
