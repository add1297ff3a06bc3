import { Authority, type ProfileDefinition, Recalls, TokenKeys } from '../authority/index.ts';
import type { DocumentFetcher } from '../authorization/index.ts';
import { Clients, Resources } from '../clients/index.ts';
import type { Ground } from './ground.ts';
import { lazyFetcher } from './loaded-on-demand.ts';

/** Who there is, and who vouches for them. */
export interface Identities {
  readonly clients: Clients;
  readonly resources: Resources;
  /** Of the documents that clients are registered with by URL. */
  readonly fetcher: DocumentFetcher;
  readonly authority: Authority;
  /** Keys of authorities that lie on a PKCS #11 token. */
  readonly tokenKeys: TokenKeys;
  readonly recalls: Recalls;
  /** Whether a certificate of the authority shall be replaced now. */
  readonly isRecalled: (fingerprint256: string) => Promise<boolean>;
  close(): Promise<void>;
}

/** Opens clients and resources, and the authority that certifies them. Rejects with AuthorityError. */
export async function openIdentities(
  { config, environment, storage, names, clock, onError }: Ground,
  profiles: readonly ProfileDefinition[],
): Promise<Identities> {
  const { feed, sealer } = storage;
  const fetcher = lazyFetcher(config);
  // Clients know the authority's roots, and the authority knows clients.
  let pins: () => readonly string[] = () => [];
  const clients = new Clients({
    store: storage.clients,
    resourceStore: storage.resources,
    feed,
    sealer,
    clock,
    issuer: names.issuer,
    ownAnchorPins: () => pins(),
  });
  const resources = new Resources({ store: storage.resources, clientStore: storage.clients, feed, clock });
  const tokenKeys = new TokenKeys({
    module: config.pkcs11Module,
    pinFile: config.pkcs11PinFile,
    pin: environment['MORTISE_PKCS11_PIN'],
  });
  const authority = await Authority.open({
    store: storage.authorities,
    profileStore: storage.profiles,
    profiles,
    tokenKeys,
    partitions: storage.crlPartitions,
    sealer,
    feed,
    clients,
    clock,
    names,
    algorithm: config.authorityKeyType,
    ...(config.pkcs11Token === undefined ? {} : { place: { signer: 'pkcs11', token: config.pkcs11Token } }),
    onError,
  });
  pins = () => authority.pins();
  const recalls = new Recalls({ store: storage.recalls, authorities: authority, clock });
  return {
    clients,
    resources,
    fetcher,
    authority,
    tokenKeys,
    recalls,
    isRecalled: async (fingerprint256) => {
      const certificate = await authority.findCertificate(fingerprint256);
      return certificate !== undefined && (await recalls.of(certificate)) !== undefined;
    },
    close: async () => {
      authority.close();
      await tokenKeys.close();
      clients.close();
      resources.close();
      await fetcher.close();
    },
  };
}
