import type { ServerOptions } from '../server.ts';
import { loadMasterKey, openStorage, type Storage } from '../storage/index.ts';
import type { DataDirectory } from './data-directory.ts';

/** Opens the database under its master key, and says where that key lies beside it. Throws StartError and StorageError. */
export async function openStored(
  { config, environment, log, clock }: ServerOptions,
  data: DataDirectory,
): Promise<Storage> {
  data.prepare();
  const { masterKey, besideData } = loadMasterKey({
    file: config.masterKeyFile,
    value: given(environment['MORTISE_MASTER_KEY']),
    passphrase: given(environment['MORTISE_PASSPHRASE']),
    dataDirectory: data.path,
  });
  const storage = await openStorage({
    url: config.databaseUrl ?? data.databaseUrl,
    clock,
    masterKey,
    sealFile: config.sealFile ?? data.file('audit.seals'),
    log,
  });
  if (besideData) {
    log.warn(
      { file: data.file('master.key') },
      'the master key lies beside the data that it protects: move it elsewhere and start with --master-key-file',
    );
  }
  return storage;
}

/** A variable that is set to nothing is not set. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
