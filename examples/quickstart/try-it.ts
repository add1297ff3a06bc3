/** What the quickstart prints at its end: commands that are ready to paste while everything runs. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Household } from './household.ts';

/** `npx` finds mortise there and nowhere else. */
const clone = fileURLToPath(new URL('../..', import.meta.url));

/** With `partner`, because `billing` was revoked in the last step. */
export function commandsToTry({ folder, mortise, partnerSecret, apiUrl }: Household): string {
  const { issuer, mtls } = mortise.ready;
  const mtlsAddress = new URL(mtls).host;
  const certificate = '--cert partner/cert.pem --key partner/key.pem';
  const token = `$(curl -s --cacert partner/ca.pem ${certificate} -u "partner:${partnerSecret}" \\
    -d grant_type=client_credentials -d scope=payments:write ${mtls}/oauth2/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
  return `
Everything keeps running until Ctrl-C. In another terminal:

  cd ${folder}

  # a bearer token, by id and secret
  curl --cacert partner/ca.pem -u "partner:${partnerSecret}" \\
    -d grant_type=client_credentials -d scope=payments:write ${issuer}/oauth2/token

  # a token that is bound to a certificate, and the API with it: 200
  TOKEN=${token}
  curl -i --cacert partner/ca.pem ${certificate} -H "Authorization: Bearer $TOKEN" -X POST ${apiUrl}/payments

  # the same token without the certificate: 401
  curl -i --cacert partner/ca.pem -H "Authorization: Bearer $TOKEN" -X POST ${apiUrl}/payments

  # the certificate, and the handshake
  openssl x509 -in partner/cert.pem -noout -subject -issuer -dates -ext subjectAltName
  openssl s_client -connect ${mtlsAddress} -servername localhost -CAfile partner/ca.pem \\
    -cert partner/cert.pem -key partner/key.pem -brief </dev/null

  # what the server knows, and the end of partner: its API calls get 401 from then on
  cd ${clone}
  npx mortise client list --data ${join(folder, 'mortise-data')}
  npx mortise client revoke partner --data ${join(folder, 'mortise-data')}

Certificates and data lie in ${folder} and are removed at the end.
`;
}
