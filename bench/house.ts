/** The authority with its revocation and publishing over a database, in this process, without listeners. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createCertificateRequest, createKeySigner } from '@mortise/x509';
import { Authority } from '../packages/server/src/authority/index.ts';
import { Clients } from '../packages/server/src/clients/index.ts';
import { Publishing, Revocation } from '../packages/server/src/revocation/index.ts';
import { openStorage, type Storage } from '../packages/server/src/storage/index.ts';
import { SigningKeys } from '../packages/server/src/tokens/index.ts';

export interface House {
  readonly storage: Storage;
  readonly authority: Authority;
  readonly revocation: Revocation;
  readonly publishing: Publishing;
  close(): Promise<void>;
}

/** `url`: an empty database. */
export async function openHouse(url: string): Promise<House> {
  const clock = Date.now;
  const storage = await openStorage({ url, clock, masterKey: { kind: 'key', bytes: randomBytes(32) } });
  const { feed, sealer } = storage;
  const issuer = 'https://mortise.example';
  const pkiUrl = 'http://pki.mortise.example:8080';
  const onError = (error: unknown): void => {
    throw error;
  };
  let authority: Authority | undefined;
  const clients = new Clients({
    store: storage.clients,
    resourceStore: storage.resources,
    feed,
    clock,
    sealer,
    issuer,
    ownAnchorPins: () => authority?.pins() ?? [],
  });
  authority = await Authority.open({
    store: storage.authorities,
    profileStore: storage.profiles,
    feed,
    clock,
    sealer,
    clients,
    partitions: storage.crlPartitions,
    names: { issuer, pkiUrl },
    algorithm: 'ec-p256',
  });
  const opened = authority;
  const signingKeys = await SigningKeys.open({ store: storage.signingKeys, feed, sealer, clock, onError });
  const revocation = await Revocation.open({
    store: storage.revocation,
    feed,
    clients: storage.clients,
    authorities: storage.authorities,
    signingKeys,
    clock,
    maximumAccessTokenLifetimeSeconds: 3600,
  });
  const publishing = new Publishing({
    store: storage.publishing,
    authorities: opened,
    feed,
    pkiUrl,
    clock,
    isStale: () => false,
    onError,
  });
  return {
    storage,
    authority: opened,
    revocation,
    publishing,
    async close() {
      publishing.close();
      revocation.close();
      opened.close();
      clients.close();
      await signingKeys.close();
      await storage.close();
    },
  };
}

/** Certification requests for P-256 keys, each with another key; DER. */
export function makeRequests(count: number): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return (await createCertificateRequest({ subject: '', signer: createKeySigner(privateKey) })).der;
    }),
  );
}

/** Does `work` for each number below `count`, `inFlight` at a time; resolves with the milliseconds it all took. */
export async function timed(
  count: number,
  inFlight: number,
  work: (index: number) => unknown,
): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  return performance.now() - started;
}
