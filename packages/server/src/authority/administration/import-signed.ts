import { type Certificate, CertificateRequest } from '@mortise/x509';
import type { Actor } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { importedEvent } from '../authority-events.ts';
import type { AuthorityRecord, AuthorityRequest } from '../authority-record.ts';
import type { AdministrationContext } from './administration-context.ts';
import { chainRecord } from './authority-chain.ts';
import { recordAuthorities } from './record-authorities.ts';
import { checkSigned, readSigned } from './signed-certificate.ts';

/**
 * Takes the certificate of an intermediate whose request was signed by its root elsewhere; it issues from then on, or from the switch to its root.
 * Rejects with AuthorityError.
 */
export async function importSigned(
  context: AdministrationContext,
  options: { readonly certificate: string; readonly actor: Actor },
): Promise<AuthorityRecord> {
  const { store, authorities, maker, clock } = context;
  const certificate = readSigned(options.certificate);
  const expectedCount = authorities.list().length;
  const request = requestOf(certificate, await store.listRequests());
  const parent = authorities.list().find(({ id }) => id === request.parentId);
  if (parent === undefined || !authorities.isActive(parent)) {
    throw new AuthorityError('no_active_authority', 'the root of the request is revoked or at its end');
  }
  checkSigned(certificate, { request, root: authorities.certificate(parent.id)!, now: clock() });
  const { id, name, signer, keyLocation, sealedPrivateKey } = request;
  const createdAt = maker.nextCreatedAt(parent);
  const record: AuthorityRecord = {
    ...chainRecord(certificate, { id, name, kind: 'intermediate', parentId: parent.id, createdAt }),
    // Under a root that is to follow another it issues once that has happened.
    state: parent.state === 'staged' ? 'staged' : 'active',
    signer,
    ...(keyLocation === undefined ? {} : { keyLocation }),
    ...(sealedPrivateKey === undefined ? {} : { sealedPrivateKey }),
  };
  const events = [importedEvent(record, options.actor)];
  await recordAuthorities(context, { authorities: [record], expectedCount, requestId: id }, { events });
  return record;
}

function requestOf(certificate: Certificate, requests: readonly AuthorityRequest[]): AuthorityRequest {
  const found = requests.find(({ request }) =>
    CertificateRequest.parse(request).subjectPublicKeyInfo.equals(certificate.subjectPublicKeyInfo),
  );
  if (found !== undefined) return found;
  throw new AuthorityError(
    'request_unknown',
    'the certificate is for no key that a request of this server holds',
  );
}
