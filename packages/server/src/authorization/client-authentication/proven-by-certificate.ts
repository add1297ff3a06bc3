import type { AuthenticationMethod, Client } from '../../clients/index.ts';
import type { CertificateUse } from '../certificate-trust/certificate-use.ts';
import { type Eventually, onceThere } from '../eventually.ts';
import { Refused } from '../refusal.ts';
import type { Verdict } from './method.ts';

/** The verdict of a method whose proof is the certificate of the connection. */
export function provenByCertificate(
  method: AuthenticationMethod,
  client: Client,
  found: Eventually<CertificateUse | Refused>,
): Eventually<Verdict> {
  return onceThere<CertificateUse | Refused, Verdict>(found, (use) =>
    use instanceof Refused ? use : { client, method, credentialId: use.credentialId, certificate: use },
  );
}
