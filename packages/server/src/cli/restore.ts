import { type Register, show } from './context.ts';
import { findDatabase, type LocalDatabaseFlags, localDatabaseOptions } from './local-database.ts';

export const register: Register = (parent, context) => {
  const command = parent
    .command('restore')
    .description('fill an empty database from a backup, of either kind of database')
    .argument('<file>', 'the backup');
  localDatabaseOptions(command).action(async (file: string) => {
    const flags = command.opts<LocalDatabaseFlags>();
    const { url, data } = await findDatabase(flags, context);
    const { restore } = await import('../storage/index.ts');
    if (url === data.databaseUrl) data.prepare();
    const result = await restore({ path: file, url, now: context.now() });
    const document = {
      rows: result.rows,
      schema_version: result.schemaVersion,
      created_at: Math.floor(result.createdAt / 1000),
    };
    show(
      context,
      flags.json,
      document,
      () =>
        `${result.rows} rows restored, as of ${new Date(result.createdAt).toISOString()}. ` +
        'Start it with the master key of the server that was backed up: mortise serve --master-key-file FILE',
    );
  });
};
