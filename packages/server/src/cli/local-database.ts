import type { Command } from 'commander';
import { loadConfig } from '../config/index.ts';
import { DataDirectory } from '../start/data-directory.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure } from './failure.ts';

export interface LocalDatabaseFlags {
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** For commands that work on the database itself, whether a server runs on it or not. */
export function localDatabaseOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory (default: MORTISE_DATA or ./mortise-data)')
    .option('--database-url <url>', 'the database, where it is not SQLite in the data directory')
    .option('--config <file>', 'configuration file of the server')
    .option('--json', 'print JSON');
}

/** The database that `serve` would use with these flags, this environment and this file. */
export async function findDatabase(
  flags: LocalDatabaseFlags,
  context: CommandContext,
): Promise<{ readonly url: string; readonly data: DataDirectory }> {
  const { config } = await loadConfig({
    flags: { data: flags.data, databaseUrl: flags.databaseUrl },
    environment: context.environment,
    file: flags.config,
  });
  const data = new DataDirectory(config.data);
  return { url: config.databaseUrl ?? data.databaseUrl, data };
}

/** Where nothing is on disk yet, a command that reads must not make an empty database. */
export function refuseMissing(data: DataDirectory, url: string): void {
  if (url === data.databaseUrl && !data.hasDatabase()) {
    throw new CommandFailure(
      2,
      'no_database',
      `${data.path} holds no database; give --data DIR or --database-url URL`,
    );
  }
}
