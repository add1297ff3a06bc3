import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Certificate, CertificateRequest, type CertificateRevocationList } from '@mortise/x509';
import {
  type AuthorityRecord,
  type CrlRequest,
  makeOfflineRoot,
  signAuthorityCrl,
  signAuthorityRequest,
} from '../../../authority/index.ts';
import { type OpenPublishing, openPublishing, type PublishingHouse } from './open-publishing.ts';

export interface OfflineHouse extends PublishingHouse {
  readonly root: Awaited<ReturnType<typeof makeOfflineRoot>>;
  readonly rootId: string;
  readonly intermediate: { readonly record: AuthorityRecord; readonly certificate: Certificate };
  /** Where the root's key is. */
  readonly signCrl: (
    more?: Partial<CrlRequest> & { readonly now?: number; readonly lifetimeSeconds?: number },
  ) => Promise<CertificateRevocationList>;
  readonly importCrl: (crl: CertificateRevocationList) => ReturnType<PublishingHouse['rootCrls']['import']>;
}

/** A house with the authority `vault`, whose root is kept elsewhere and has signed its intermediate. */
export async function withOfflineRoot(
  test: TestContext,
  { at, ...options }: OpenPublishing & { readonly at?: number } = {},
): Promise<OfflineHouse> {
  const house = await openPublishing(test, options);
  house.clock.now = at ?? house.clock.now;
  const { authority, clock, rootCrls } = house;
  const { administration } = authority;
  const keyType = options.algorithm ?? 'ec-p256';
  const root = await makeOfflineRoot({ name: 'vault', keyType, now: clock.now });
  const created = await administration.create({
    name: 'vault',
    offlineRoot: root.certificate.toPem(),
    actor: 'cli',
  });
  assert.ok(!created.done);
  const key = { root: root.certificate, rootKey: root.privateKey };
  const request = CertificateRequest.parse(created.request.request);
  const certificate = await signAuthorityRequest({ request, ...key, now: clock.now });
  const record = await administration.importSigned({ certificate: certificate.toPem(), actor: 'cli' });
  return Object.assign(house, {
    root,
    rootId: record.parentId!,
    intermediate: { record, certificate },
    signCrl: async ({
      now = clock.now,
      lifetimeSeconds,
      ...more
    }: Parameters<OfflineHouse['signCrl']>[0] = {}) =>
      signAuthorityCrl({
        ...key,
        request: { ...(await rootCrls.request('vault')), ...more },
        now,
        ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
      }),
    importCrl: (crl: CertificateRevocationList) => rootCrls.import({ crl: crl.toPem(), actor: 'cli' }),
  });
}
