import { type Register, show } from '../context.ts';
import { wrongUse } from '../failure.ts';
import {
  findDatabase,
  type LocalDatabaseFlags,
  localDatabaseOptions,
  refuseMissing,
} from '../local-database.ts';

export const registerVerify: Register = (parent, context) => {
  const command = parent
    .command('verify')
    .description('recompute the seals of the audit log; status 1 when something was changed')
    .option('--seal <file>', 'seals that were copied to where nobody could change them');
  localDatabaseOptions(command).action(async () => {
    const flags = command.opts<LocalDatabaseFlags & { seal?: string }>();
    const { url, data } = await findDatabase(flags, context);
    refuseMissing(data, url);
    const { verifyAudit } = await import('../../storage/index.ts');
    const report = await verifyAudit({ url, ...(flags.seal === undefined ? {} : { sealFile: flags.seal }) });
    const onlyMalformed = report.failures.every(({ code }) => code === 'malformed_seal');
    if (report.heldSeals === 0 && onlyMalformed) throw wrongUse(`--seal: ${flags.seal} holds no seal`);
    if (!report.valid) context.exitStatus = 1;
    const document = {
      valid: report.valid,
      failures: report.failures,
      held_seals: report.heldSeals ?? null,
      sealed_to: report.sealedTo,
      sealed_events: report.sealedEvents,
      unsealed_events: report.unsealedEvents,
    };
    show(context, flags.json, document, () => {
      const extent = `${report.sealedEvents} events are sealed, up to number ${report.sealedTo}; ${report.unsealedEvents} came after the last seal.`;
      if (report.valid) {
        return flags.seal === undefined
          ? `${extent}\nNothing was changed, as far as the database itself can tell; hold it against seals kept elsewhere with --seal FILE.`
          : `${extent}\nNothing was changed before the last of the ${report.heldSeals} seals given.`;
      }
      const found = report.failures.map(
        ({ code, from, to, line }) =>
          `  ${code}${from === undefined ? '' : ` (events ${from} to ${to})`}${line === undefined ? '' : ` (line ${line} of the file)`}`,
      );
      return `${extent}\nThe audit log was changed:\n${found.join('\n')}`;
    });
  });
};
