import { type Register, show } from './context.ts';
import {
  findDatabase,
  type LocalDatabaseFlags,
  localDatabaseOptions,
  refuseMissing,
} from './local-database.ts';

export const register: Register = (parent, context) => {
  const command = parent
    .command('backup')
    .description('write one moment of the database to a file; the server may be running')
    .argument('<file>', 'where to; replaced when the backup is whole');
  localDatabaseOptions(command).action(async (file: string) => {
    const flags = command.opts<LocalDatabaseFlags>();
    const { url, data } = await findDatabase(flags, context);
    refuseMissing(data, url);
    const { backup } = await import('../storage/index.ts');
    const result = await backup({ url, path: file, now: context.now() });
    const document = { file, rows: result.rows, schema_version: result.schemaVersion };
    show(
      context,
      flags.json,
      document,
      () =>
        `${file}: ${result.rows} rows. Keys in it are encrypted; keep the master key elsewhere, it is not in it.`,
    );
  });
};
