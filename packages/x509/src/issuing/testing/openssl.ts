import { spawnSync } from 'node:child_process';

/** Why a test that asks the openssl command is skipped; false where the command is there. */
export const withoutOpenssl: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'the openssl command is missing';
