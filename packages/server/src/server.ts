import { type Config, formatAddress } from './config/index.ts';
import { drain, LiveConnections, PresentedCertificates } from './http/index.ts';
import { openAdministration } from './start/administration.ts';
import { startAnswering } from './start/answering.ts';
import { openAuthorization } from './start/authorization.ts';
import { bindKnownPorts, bindOtherPorts } from './start/bind-ports.ts';
import { configuredProfiles } from './start/configured-profiles.ts';
import { DataDirectory, type ServerFile } from './start/data-directory.ts';
import { openEnrolment } from './start/enrolment.ts';
import type { Ground } from './start/ground.ts';
import { openIdentities } from './start/identities.ts';
import { settleInstance } from './start/instance.ts';
import { openListenerIdentity } from './start/listener-identity.ts';
import { Listeners, listenerNames } from './start/listeners.ts';
import type { Log } from './start/log.ts';
import { type Nodes, openNodes } from './start/nodes.ts';
import { openStored } from './start/open-stored.ts';
import { unservedUrls } from './start/outer-names.ts';
import { PeriodicWork } from './start/periodic-work.ts';
import { writeTrustedRoots } from './start/rollover.ts';
import { warnOfDueCrls } from './start/root-crl-warnings.ts';
import { openTrust } from './start/trust.ts';

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

/**
 * Starts the server: each part in turn, with the parts that it asks for; when it resolves, connections are accepted. What was opened
 * last is closed first. Throws ConfigError, ListenError, StorageError or StartError.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, clock } = options;
  const closing: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.reverse().splice(0)) await step();
  };
  try {
    // The ground: ports, database, outer names.
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
    for (const unserved of unservedUrls(names, bound)) {
      log.warn(
        unserved,
        'this URL stands in tokens and certificates, and its port is not the one listened on: listen on that, or give the new URLs with --change-urls',
      );
    }
    const onError = (error: unknown): void => log.error({ err: error }, 'work in the background failed');
    const ground: Ground = { ...options, data, storage, names, connections, onError };

    // The parts.
    const identities = await openIdentities(ground, profiles);
    closing.push(() => identities.close());
    const trust = await openTrust(ground, identities, () => nodes.list());
    closing.push(() => trust.close());
    const nodes: Nodes = openNodes(ground, identities, trust);
    closing.push(() => nodes.close());
    const authorization = openAuthorization(ground, identities, trust);
    closing.push(() => authorization.close());
    const enrolment = openEnrolment(ground, identities, trust);
    closing.push(() => enrolment.close());
    const parts = { identities, trust, nodes, authorization, enrolment };
    const administration = openAdministration(ground, parts);
    const { authority } = identities;
    const { revocation, publishing, rootCrls, rollovers } = trust;

    // What they do by themselves.
    const work = new PeriodicWork(log);
    closing.push(() => work.close());
    let stopping = false;
    closing.push(() => {
      stopping = true;
      nodes.stop();
      // Whose request is in progress needs all the parts for its answer.
      return drain(listeners.all, config.drainTimeoutSeconds);
    });
    work.every(60, 'publishing CRLs', () => publishing.crls.publishDue());
    work.every(
      24 * hourSeconds,
      'looking for CRLs to be signed offline',
      () => warnOfDueCrls(rootCrls, log),
      'at once',
    );
    work.every(1, 'writing the reports of nodes', () => nodes.reports.flush());
    work.every(60, 'forgetting tokens that have ended', () =>
      storage.credentialUses.forgetEndedTokens(clock()),
    );
    work.every(5, 'taking up ACME validations', () => enrolment.sweep(), 'at once');
    work.every(hourSeconds, 'forgetting ACME orders', () =>
      storage.acme.deleteExpired(clock() - forgottenAfterMs),
    );

    // The server's own certificates: its administrator's and its listeners'.
    const outcome = await administration.ensureAdministrator();
    if (outcome === 'not_active')
      log.warn('the client "admin" is not active: nothing can be administered with it');
    const identity = await openListenerIdentity(ground, listeners, identities, trust);
    work.every(hourSeconds, 'renewing the certificate of the listeners', () => identity.renew());
    work.every(hourSeconds, "renewing the administrator's certificate", () =>
      administration.ensureAdministrator(),
    );
    storage.feed.subscribe('own certificates', ({ act }) => {
      // The administrator's waits for its turn: who has just recalled may be reading its two files.
      if (act === 'recall.created') work.once('replacing a recalled certificate', () => identity.renew());
    });

    // The outside.
    startAnswering(ground, listeners, {
      ...parts,
      administration,
      certificates,
      notReady: () => (stopping ? 'stopping' : revocation.isStale() ? 'stale' : undefined),
    });
    const serverFile = (): ServerFile => ({
      issuer: names.issuer,
      mtls: names.mtlsUrl,
      pki: names.pkiUrl,
      ca_fingerprints: authority.roots().map(({ fingerprint256 }) => fingerprint256),
      listening: Object.fromEntries(
        listenerNames.map((name) => [name, formatAddress(listeners.bound(name))]),
      ) as ServerFile['listening'],
    });
    const tell = async (): Promise<void> => {
      data.writeServerFile(serverFile());
      await writeTrustedRoots({ authority, rollovers }, data);
    };
    await tell();
    rollovers.onChange(() => {
      work.once('following a change of authorities', async () => {
        await identity.follow();
        await administration.ensureAdministrator();
        await tell();
      });
    });
    return { ...serverFile(), close };
  } catch (error) {
    await close();
    throw error;
  }
}
