import { type Anchors, type Enrolment, readEnrolment } from '@mortise/client';
import { readConfigurationFile } from '../../config/configuration-file.ts';
import { type Address, parseAddress, quotedName, whatIsAllowed } from '../../config/index.ts';
import { readText } from '../connection/target.ts';
import { wrongUse } from '../failure.ts';

/** What an agent was told; checked. */
export interface AgentSettings {
  readonly out: string;
  /** Absent: what the folder remembers. */
  readonly enrolment: Enrolment | undefined;
  /** Absent: the roots of the enrolment, or those in the folder. */
  readonly anchors: Anchors | undefined;
  readonly reload: string | undefined;
  readonly reloadTimeoutSeconds: number;
  readonly listenHealth: Address | undefined;
  readonly once: boolean;
  readonly logLevel: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** By their names as options of commander; a configuration file spells them with `_`. */
const names = [
  'out',
  'enrolment',
  'directory',
  'identifier',
  'eabKid',
  'eabHmacKeyFile',
  'caFingerprint',
  'ca',
  'reload',
  'reloadTimeoutSeconds',
  'listenHealth',
  'once',
  'logLevel',
] as const;
type Name = (typeof names)[number];
type Given = Partial<Record<Name, string>>;

const logLevels = ['debug', 'info', 'warn', 'error'];

/** Flags, and below them the file of `--config`. Throws CommandFailure with status 2. */
export function collectSettings(
  { config, ...flags }: Readonly<Record<string, string | boolean | undefined>>,
  environment: Environment,
): AgentSettings {
  const given: Given = typeof config === 'string' ? readFile(config) : {};
  for (const name of names) if (flags[name] !== undefined) given[name] = String(flags[name]);
  if (given.out === undefined) throw wrongUse('name the folder with --out DIR');
  const logLevel = given.logLevel ?? 'info';
  if (!logLevels.includes(logLevel)) throw wrongUse(`--log-level must be one of ${logLevels.join(', ')}`);
  if (given.once !== undefined && !['true', 'false'].includes(given.once)) {
    throw wrongUse('once must be true or false');
  }
  return {
    out: given.out,
    enrolment: enrolmentOf(given, environment),
    anchors: anchorsOf(given),
    reload: given.reload,
    reloadTimeoutSeconds: secondsOf(given.reloadTimeoutSeconds),
    listenHealth: addressOf(given.listenHealth),
    once: given.once === 'true',
    logLevel,
  };
}

function readFile(path: string): Given {
  const byKey = new Map(names.map((name) => [fileKey(name), name]));
  const given: Given = {};
  for (const { key, value, line } of readConfigurationFile(path)) {
    const name = byKey.get(key);
    if (name === undefined) {
      const hint = whatIsAllowed(key.replaceAll('-', '_'), [...byKey.keys()]);
      throw wrongUse(`${path}:${line}: ${quotedName(key)} is not a setting of the agent; ${hint}`);
    }
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw wrongUse(`${path}:${line}: ${key} must be one value`);
    }
    given[name] = String(value);
  }
  return given;
}

function fileKey(name: Name): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function enrolmentOf(given: Given, environment: Environment): Enrolment | undefined {
  const { enrolment, directory, identifier, eabKid, eabHmacKeyFile } = given;
  if (enrolment !== undefined) {
    if (directory !== undefined || eabKid !== undefined) {
      throw wrongUse('--enrolment stands for --directory and --eab-kid; give one or the other');
    }
    return readEnrolment(parseJson(readText(fileOf(enrolment)), enrolment));
  }
  if (directory === undefined) {
    if (eabKid !== undefined || identifier !== undefined)
      throw wrongUse('name the server with --directory URL');
    return undefined;
  }
  if (identifier === undefined) throw wrongUse('name what to order with --identifier NAME');
  const members: Record<string, unknown> = { directory, identifier };
  if (eabKid !== undefined) {
    const key =
      eabHmacKeyFile === undefined ? environment['MORTISE_EAB_HMAC_KEY'] : readText(fileOf(eabHmacKeyFile));
    if (key === undefined || key.trim() === '') {
      throw wrongUse('--eab-kid needs --eab-hmac-key-file FILE, or MORTISE_EAB_HMAC_KEY');
    }
    members['eab_kid'] = eabKid;
    members['eab_hmac_key'] = key.trim();
  }
  return readEnrolment(members);
}

function anchorsOf({ ca, caFingerprint }: Given): Anchors | undefined {
  if (ca !== undefined) return readText(ca);
  if (caFingerprint === undefined) return undefined;
  if (!/^([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$/.test(caFingerprint)) {
    throw wrongUse('--ca-fingerprint must be a SHA-256 in 64 hex digits');
  }
  return { fingerprint256: caFingerprint };
}

function secondsOf(text = '60'): number {
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > 3600)
    throw wrongUse('--reload-timeout-seconds must be a number from 1 to 3600');
  return seconds;
}

function addressOf(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) throw wrongUse('--listen-health must be HOST:PORT, such as 127.0.0.1:9465');
  return address;
}

function fileOf(name: string): string {
  return name === '-' ? '/dev/stdin' : name;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongUse(`--enrolment: ${file} is not JSON; it is what "client create --enrol --json" prints`);
  }
}
