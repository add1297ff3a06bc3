import { ManagedCertificate, type RenewalEvent } from '@mortise/client';
import { createLog, type Log } from '../../start/log.ts';
import { stopAsked } from '../../start/stop-asked.ts';
import { asCommandFailure } from '../connection/client-failures.ts';
import type { CommandContext } from '../context.ts';
import { type AgentSettings, collectSettings } from './agent-settings.ts';
import { followTrust, type TrustKeeper } from './follow-trust.ts';
import { type AgentHealth, serveHealth } from './health-endpoint.ts';
import { ReloadHook } from './reload-hook.ts';

/** `mortise agent`: with `--once` to the end of one look, else until SIGTERM or SIGINT. */
export async function runAgent(
  flags: Parameters<typeof collectSettings>[0],
  context: CommandContext,
): Promise<void> {
  try {
    const settings = collectSettings(flags, context.environment);
    const log = createLog(settings.logLevel, context.stderr);
    const hook = new ReloadHook({ settings, environment: context.environment, clock: context.now, log });
    const managed = await ManagedCertificate.open({
      folder: settings.out,
      enrolment: settings.enrolment,
      anchors: settings.anchors,
      clock: context.now,
      onEvent: (event) => {
        report(log, event);
        if ('credential' in event) hook.run(event.credential);
      },
    });
    const parts = { managed, hook, settings, log, context };
    await (settings.once ? once(parts) : daemon(parts));
  } catch (error) {
    throw asCommandFailure(error);
  }
}

interface Parts {
  readonly managed: ManagedCertificate;
  readonly hook: ReloadHook;
  readonly settings: AgentSettings;
  readonly log: Log;
  readonly context: CommandContext;
}

async function once({ managed, hook, settings, log, context }: Parts): Promise<void> {
  let trust: TrustKeeper | undefined;
  try {
    await hook.catchUp(managed.credential);
    const changed = await managed.ensure();
    trust = await followTrust(managed, settings.out, log);
    await trust?.check();
    await hook.idle();
    context.stdout.write(`${JSON.stringify({ changed, ...certificateOf(managed) })}\n`);
    if (hook.last?.ok === false) context.exitStatus = 1;
  } finally {
    await trust?.close();
    await managed.close();
  }
}

async function daemon({ managed, hook, settings, log, context }: Parts): Promise<void> {
  // Before anything is said, because whoever hears it may stop the agent at once.
  const stopped = stopAsked(context.environment);
  let health: AgentHealth | undefined;
  let trust: TrustKeeper | undefined;
  try {
    if (settings.listenHealth !== undefined) {
      health = await serveHealth(settings.listenHealth, () => ({
        ...managed.status(),
        lastReload: hook.last,
      }));
    }
    const listening = health === undefined ? {} : { listening: { health: health.address } };
    context.stdout.write(`${JSON.stringify({ started: true, out: settings.out, ...listening })}\n`);
    await hook.catchUp(managed.credential);
    const stopping = stopped.then((signal) => {
      log.info({ signal }, 'stopping');
      return 'stopped' as const;
    });
    const enrolled = await Promise.race([managed.enrol(), stopping]);
    if (enrolled !== 'stopped') {
      managed.start();
      trust = await followTrust(managed, settings.out, log);
      await stopping;
    }
  } finally {
    await trust?.close();
    await managed.close();
    await hook.idle();
    await health?.close();
  }
}

function certificateOf({ credential }: ManagedCertificate): object {
  if (credential === undefined) return {};
  const { fingerprint256, notAfter } = credential.certificate;
  return { fingerprint256, not_after: Math.floor(notAfter / 1000) };
}

/** What happened, as lines of the log. Neither key nor one-use key is in any event. */
function report(log: Log, event: RenewalEvent): void {
  switch (event.type) {
    case 'enrolled':
    case 'renewed': {
      const { fingerprint256, notAfter } = event.credential.certificate;
      const former = event.type === 'renewed' ? { former: event.former.certificate.fingerprint256 } : {};
      log.info({ fingerprint256, ...former, not_after: new Date(notAfter).toISOString() }, event.type);
      return;
    }
    case 'trust_changed':
      log.info('other roots are trusted');
      return;
    case 'scheduled': {
      const { at, by, explanationUrl } = event;
      log.info({ at: new Date(at).toISOString(), by, explanation_url: explanationUrl }, 'renewal scheduled');
      return;
    }
    case 'renewal_info_failed':
      log.warn(
        { err: event.error, retry_at: new Date(event.retryAt).toISOString() },
        'no renewal information',
      );
      return;
    case 'renewal_failed':
    case 'handover_failed': {
      const { error, failures, retryAt } = event;
      const message =
        event.type === 'renewal_failed' ? 'no new certificate' : 'the certificate was not taken over';
      log.error({ err: error, failures, retry_at: new Date(retryAt).toISOString() }, message);
    }
  }
}
