import type { CommandContext } from '../cli/context.ts';
import type { LoadedConfig } from '../config/index.ts';
import { startServer } from '../server.ts';
import { createLog } from './log.ts';
import { stopAsked } from './stop-asked.ts';

/** `mortise serve`: starts, says so in one line of JSON on stdout, and runs until SIGTERM or SIGINT. */
export async function serve({ config, warnings }: LoadedConfig, context: CommandContext): Promise<void> {
  const log = createLog(config.logLevel, context.stderr);
  for (const warning of warnings) log.warn(warning);
  const startedMs = performance.now();
  const server = await startServer({ config, environment: context.environment, log, clock: context.now });
  // Before it is said, because whoever hears it may stop the server at once.
  const stopped = stopAsked(context.environment);
  const { issuer, mtls, pki, listening, ca_fingerprints: fingerprints } = server;
  context.stdout.write(`${JSON.stringify({ ready: true, issuer, mtls, pki, listening })}\n`);
  log.info(
    { issuer, ca_fingerprints: fingerprints, readyMs: Math.round(performance.now() - startedMs) },
    'ready',
  );

  log.info({ signal: await stopped }, 'stopping');
  await server.close();
  log.info('stopped');
}
