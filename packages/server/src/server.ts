import { readFileSync } from 'node:fs';
import {
  Authority,
  Lineages,
  ListenerCertificate,
  type ProfileDefinition,
  Recalls,
  TokenKeys,
} from './authority/index.ts';
import { AuthorizationServer, Explainer } from './authorization/index.ts';
import { Clients, CredentialUse, Resources, secretKeys } from './clients/index.ts';
import { type Config, formatAddress } from './config/index.ts';
import {
  createRouter,
  drain,
  LiveConnections,
  PresentedCertificates,
  RequestCounts,
  useCertificate,
} from './http/index.ts';
import {
  authenticateHolder,
  authenticateNode,
  listNodes,
  NodeFeed,
  NodeReports,
  Publishing,
  Revocation,
  removeNode,
} from './revocation/index.ts';
import { lazyAcme } from './start/acme.ts';
import { ensureAdministrator } from './start/administrator.ts';
import { bindKnownPorts, bindOtherPorts } from './start/bind-ports.ts';
import { configuredProfiles } from './start/configured-profiles.ts';
import { DataDirectory, type ServerFile } from './start/data-directory.ts';
import { counters, gauges } from './start/gauges.ts';
import { settleInstance } from './start/instance.ts';
import { Listeners, listenerNames } from './start/listeners.ts';
import { lazyAdmin, lazyFetcher } from './start/loaded-on-demand.ts';
import type { Log } from './start/log.ts';
import { openStored } from './start/open-stored.ts';
import type { OuterNames } from './start/outer-names.ts';
import { PeriodicWork } from './start/periodic-work.ts';
import { openRollovers, writeTrustedRoots } from './start/rollover.ts';
import { routeTable } from './start/routes.ts';
import type { Storage } from './storage/index.ts';
import { AccessTokens, SigningKeys } from './tokens/index.ts';

export interface ServerOptions {
  readonly config: Config;
  /** `MORTISE_MASTER_KEY` and `MORTISE_PASSPHRASE` come from here alone, never from a file or a flag. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock: () => number;
}

export interface RunningServer extends ServerFile {
  /** Answers what is in progress, then gives everything back. */
  close(): Promise<void>;
}

const hourSeconds = 3600;
/** How long after its end an order, an authorization or an unused MAC key of ACME is still shown. */
const forgottenAfterMs = 24 * hourSeconds * 1000;

/** Starts the server; when it resolves, connections are accepted. Throws ConfigError, ListenError, StorageError or StartError. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, clock } = options;
  const closing: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.reverse().splice(0)) await step();
  };
  try {
    const profiles = configuredProfiles(config.profiles);
    const data = new DataDirectory(config.data);
    data.check();
    const certificates = new PresentedCertificates();
    const connections = new LiveConnections();
    const listeners = new Listeners(config, certificates, connections);
    closing.push(() => drain(listeners.all, config.drainTimeoutSeconds));
    await bindKnownPorts(listeners, config, data);

    const storage = await openStored(options, data);
    closing.push(() => storage.close());
    await bindOtherPorts(listeners, config, storage.instance);
    const bound = {
      public: listeners.bound('public'),
      mtls: listeners.bound('mtls'),
      pki: listeners.bound('pki'),
    };
    const names = await settleInstance(storage.instance, config, bound, clock());

    const domains = await openDomains({ ...options, profiles }, storage, names, connections);
    closing.push(() => domains.close());
    const { authority } = domains;
    const outcome = await ensureAdministrator({ ...domains, data, resource: domains.adminResource, clock });
    if (outcome === 'not_active')
      log.warn('the client "admin" is not active: nothing can be administered with it');

    const identity = await ListenerCertificate.open({ authority, names: names.serverNames, clock });
    const present = (): void => {
      const { cert, key, last } = identity.current;
      const bridge = domains.rollovers.bridge(last);
      // With the roots, so that whoever knows a root by its fingerprint alone can take it from the handshake; but not with the
      // one that a bridge leads to: OpenSSL would prefer it to the bridge, and then not trust it.
      const roots = authority.roots().filter(({ subject }) => bridge?.subject.equals(subject) !== true);
      const certificateChainPem =
        cert + [...(bridge === undefined ? [] : [bridge]), ...roots].map((each) => each.toPem()).join('');
      for (const server of [listeners.public, listeners.mtls]) {
        useCertificate(server, { certificateChainPem, privateKeyPem: key });
      }
    };
    present();
    const renewForListeners = async (): Promise<void> => {
      const recalled = await domains.isRecalled(identity.current.fingerprint256);
      if (await identity.renewIfDue(recalled)) present();
    };
    const renewForAdministrator = () =>
      ensureAdministrator({ ...domains, data, resource: domains.adminResource, clock });
    domains.work.every(hourSeconds, 'renewing the certificate of the listeners', renewForListeners);
    domains.work.every(hourSeconds, "renewing the administrator's certificate", renewForAdministrator);
    storage.feed.subscribe('own certificates', ({ act }) => {
      // The administrator's waits for its turn: who has just recalled may be reading its two files.
      if (act === 'recall.created') domains.work.once('replacing a recalled certificate', renewForListeners);
    });

    const counts = new RequestCounts();
    const routes = routeTable({
      ...domains,
      names,
      counts,
      gauges: gauges(domains, connections),
      counters: counters({ ...domains, feed: storage.feed }),
      bodyLimitBytes: config.bodyLimitBytes,
    });
    listeners.answerWith((listener) =>
      createRouter({
        listener,
        routes,
        certificateOf: (socket) => certificates.of(socket),
        counts,
        headers: strictTransport(names, listener),
        log,
      }),
    );
    const serverFile = (): ServerFile => ({
      issuer: names.issuer,
      mtls: names.mtlsUrl,
      pki: names.pkiUrl,
      ca_fingerprints: authority.roots().map(({ fingerprint256 }) => fingerprint256),
      listening: Object.fromEntries(
        listenerNames.map((name) => [name, formatAddress(listeners.bound(name))]),
      ) as ServerFile['listening'],
    });
    data.writeServerFile(serverFile());
    await writeTrustedRoots(domains, data);
    domains.rollovers.onChange(() => {
      domains.work.once('following a change of authorities', async () => {
        await identity.renewIfDue();
        present();
        await renewForAdministrator();
        data.writeServerFile(serverFile());
        await writeTrustedRoots(domains, data);
      });
    });
    closing.push(() => domains.stopping());
    return { ...serverFile(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The parts, each with the ports that it asks for. */
async function openDomains(
  options: ServerOptions & { readonly profiles: readonly ProfileDefinition[] },
  storage: Storage,
  names: OuterNames,
  connections: LiveConnections,
) {
  const { config, log, clock } = options;
  const { feed, sealer } = storage;
  const onError = (error: unknown): void => log.error({ err: error }, 'work in the background failed');
  const work = new PeriodicWork(log);

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
    pin: options.environment['MORTISE_PKCS11_PIN'],
  });
  const authority = await Authority.open({
    store: storage.authorities,
    profileStore: storage.profiles,
    profiles: options.profiles,
    tokenKeys,
    partitions: storage.crlPartitions,
    sealer,
    feed,
    clients,
    clock,
    names,
    algorithm: config.authorityKeyType,
    onError,
  });
  pins = () => authority.pins();
  const signingKeys = await SigningKeys.open({
    store: storage.signingKeys,
    feed,
    sealer,
    clock,
    rotation: { everySeconds: config.signingKeyRotationSeconds },
    onError,
  });
  const revocation = await Revocation.open({
    store: storage.revocation,
    feed,
    clients: storage.clients,
    authorities: storage.authorities,
    signingKeys,
    clock,
    stalenessLimitSeconds: config.stalenessLimitSeconds,
  });
  revocation.startPruning(onError);
  const publishing = new Publishing({
    store: storage.publishing,
    authorities: authority,
    feed,
    pkiUrl: names.pkiUrl,
    clock,
    isStale: () => revocation.isStale(),
    onError,
  });
  work.every(60, 'publishing CRLs', () => publishing.crls.publishDue());
  const accessTokens = new AccessTokens({ issuer: names.issuer, keys: signingKeys, clock });
  const credentialUse = new CredentialUse({ store: storage.credentialUses, clock, onError });
  revocation.denylist.subscribe((added) => {
    for (const { kind, id, epoch } of added) {
      if (kind === 'certificate') connections.closeCertificate(id);
      else if (kind === 'client' && epoch === undefined) connections.closeClient(id);
    }
  });

  const { follower } = revocation;
  const fetcher = lazyFetcher(config);
  const authorizationServer = new AuthorizationServer({
    clients,
    resources,
    accessTokens,
    credentialUse: {
      record: (use) => {
        if (use.thumbprint !== undefined) connections.attribute(use.thumbprint, use.clientId);
        credentialUse.record(use);
      },
    },
    replayGuard: storage.replayGuard,
    revocation,
    authorities: authority,
    secretKeys: (client, now) => secretKeys(client, now, sealer),
    fetcher,
    clock,
    log: (record) => log.info(record, 'a request was refused'),
    endpoints: {
      issuer: names.issuer,
      jwksUri: `${names.issuer}/oauth2/jwks`,
      token: endpoint(names, 'token'),
      introspection: endpoint(names, 'introspect'),
      revocation: endpoint(names, 'revoke'),
    },
    accessTokenLifetimeSeconds: config.accessTokenLifetimeSeconds,
  });

  const rollovers = await openRollovers({
    storage,
    authority,
    tokenKeys,
    revocation,
    clients,
    listNodes: () => listNodes(nodeSources),
    names,
    clock,
    onError,
  });
  const nodeFeed = new NodeFeed({
    trust: rollovers,
    follower,
    store: storage.revocation,
    clients,
    resources: storage.resources,
    lifetimes: revocation.lifetimes,
    clock,
    heartbeatSeconds: config.nodeHeartbeatSeconds,
    onError,
  });
  nodeFeed.start();
  const reports = new NodeReports({ store: storage.nodes, follower, clock });
  const nodeSources = { feed: nodeFeed, reports, store: storage.nodes, follower };
  work.every(1, 'writing the reports of nodes', () => reports.flush());
  work.every(60, 'forgetting tokens that have ended', () =>
    storage.credentialUses.forgetEndedTokens(clock()),
  );

  const recalls = new Recalls({ store: storage.recalls, authorities: authority, clock });
  const enrolment = lazyAcme(config, {
    store: storage.acme,
    // A client id holds no space, so that no client's assertions are in the way.
    nonceUses: {
      consume: (jti, expiresAt) => storage.replayGuard.consume({ clientId: 'acme nonce', jti, expiresAt }),
    },
    authority,
    recalls,
    crossCertificate: (last) => rollovers.crossCertificate(last),
    revocation,
    clients,
    sealer,
    issuer: names.issuer,
    clock,
    log,
  });
  work.every(5, 'taking up ACME validations', () => enrolment.sweep(), 'at once');
  work.every(hourSeconds, 'forgetting ACME orders', () =>
    storage.acme.deleteExpired(clock() - forgottenAfterMs),
  );

  const adminResource = `${names.mtlsUrl}/admin/v1`;
  const admin = lazyAdmin(config, log, {
    issuer: names.issuer,
    mtlsUrl: names.mtlsUrl,
    pkiUrl: names.pkiUrl,
    version: version(),
    clients,
    resources,
    authority,
    recalls,
    lineages: new Lineages({ store: storage.lineages, clock }),
    rollovers,
    revocation,
    signingKeys,
    enrolment,
    nodes: {
      list: () => listNodes(nodeSources),
      remove: async (clientId) => {
        await storage.rollovers.forgetNodeReports(clientId);
        return removeNode(nodeSources, clientId);
      },
    },
    feed,
    clock,
    refusals: (clientId) => authorizationServer.refusals(clientId),
    explainer: new Explainer({
      clients,
      resources,
      authorities: authority,
      revocation,
      accessTokens,
      issuer: names.issuer,
      clock,
    }),
  });

  const nodeAuthentication = {
    clients,
    resources,
    denylist: revocation.denylist,
    isStale: () => revocation.isStale(),
    clock,
  };
  let stopping = false;
  return {
    clients,
    resources,
    authority,
    revocation,
    publishing,
    clock,
    signingKeys,
    credentialUse,
    authorizationServer,
    nodeFeed,
    adminResource,
    admin,
    enrolment,
    work,
    isRecalled: async (fingerprint256: string): Promise<boolean> => {
      const certificate = await authority.findCertificate(fingerprint256);
      return certificate !== undefined && (await recalls.of(certificate)) !== undefined;
    },
    rollovers,
    trust: {
      rollovers,
      authenticate: (certificate: Parameters<typeof authenticateHolder>[1]) =>
        authenticateHolder(nodeAuthentication, certificate),
      log,
    },
    nodes: {
      authenticate: (certificate: Parameters<typeof authenticateNode>[1]) =>
        authenticateNode(nodeAuthentication, certificate),
      rollovers,
      feed: nodeFeed,
      reports,
      attribute: (x5t: string, clientId: string) => connections.attribute(x5t, clientId),
      log,
    },
    notReady: (): string | undefined => (stopping ? 'stopping' : revocation.isStale() ? 'stale' : undefined),
    /** Ends the streams to nodes, which would never end by themselves. */
    stopping(): void {
      stopping = true;
      nodeFeed.close();
    },
    async close(): Promise<void> {
      nodeFeed.close();
      await work.close();
      await enrolment.close();
      await credentialUse.close();
      await reports.flush().catch(onError);
      await signingKeys.close();
      rollovers.close();
      publishing.close();
      revocation.close();
      authority.close();
      await tokenKeys.close();
      clients.close();
      resources.close();
      await fetcher.close();
    },
  };
}

function endpoint(names: OuterNames, name: string): { url: string; mtlsUrl: string } {
  return { url: `${names.issuer}/oauth2/${name}`, mtlsUrl: `${names.mtlsUrl}/oauth2/${name}` };
}

/** RFC 6797, but not for names of this machine alone: HSTS is for a host with all its ports. */
function strictTransport(names: OuterNames, listener: string): Record<string, string> {
  if (listener !== 'public' || new URL(names.issuer).hostname === 'localhost') return {};
  return { 'Strict-Transport-Security': 'max-age=31536000' };
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
