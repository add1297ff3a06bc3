import { Command, CommanderError } from 'commander';
import type { CommandContext, Register } from './context.ts';
import { CommandFailure } from './failure.ts';

/** A word that may follow `mortise`. Its code is loaded when it is used, so that a command starts at once. */
interface Entry {
  readonly name: string;
  readonly description: string;
  /** The commands under it; none when the word is a command itself. */
  readonly group: boolean;
  readonly load: () => Promise<{ readonly register: Register }>;
}

const entries: readonly Entry[] = [
  { name: 'serve', description: 'run the server', group: false, load: () => import('./serve.ts') },
  {
    name: 'client',
    description: 'clients: create, enrol, list, show, update, suspend, resume, revoke',
    group: true,
    load: () => import('./client/index.ts'),
  },
  {
    name: 'enrolment',
    description: 'keys by which clients enrol with ACME, and that wait to be used: list, withdraw',
    group: true,
    load: () => import('./enrolment/index.ts'),
  },
  {
    name: 'acme-account',
    description: 'accounts of ACME clients: list, deactivate',
    group: true,
    load: () => import('./acme-account/index.ts'),
  },
  {
    name: 'secret',
    description: 'secrets of clients: add, list, revoke',
    group: true,
    load: () => import('./secret/index.ts'),
  },
  {
    name: 'certificate',
    description: 'certificates: issue, list, lineages, show, revoke, release',
    group: true,
    load: () => import('./certificate/index.ts'),
  },
  {
    name: 'resource',
    description: 'APIs that accept tokens: create, list, update',
    group: true,
    load: () => import('./resource/index.ts'),
  },
  {
    name: 'key',
    description: 'keys that sign tokens: list, rotate, revoke',
    group: true,
    load: () => import('./key/index.ts'),
  },
  {
    name: 'authority',
    description: 'the certification authorities: create, sign, import, show, limit, recall, rollover, revoke',
    group: true,
    load: () => import('./authority/index.ts'),
  },
  {
    name: 'profile',
    description: 'what certificates may hold: list, show, create, update',
    group: true,
    load: () => import('./profile/index.ts'),
  },
  {
    name: 'node',
    description: 'processes that follow the denylist: list, remove',
    group: true,
    load: () => import('./node/index.ts'),
  },
  {
    name: 'token',
    description: 'get an access token as a client',
    group: false,
    load: () => import('./token.ts'),
  },
  {
    name: 'agent',
    description: 'get a certificate by enrolment and keep it renewed on disk',
    group: false,
    load: () => import('./agent/index.ts'),
  },
  {
    name: 'explain',
    description: 'why a client was refused, or what would be decided about its certificate or token',
    group: false,
    load: () => import('./explain/index.ts'),
  },
  {
    name: 'verify',
    description: 'validate the certificates of a file or of a server, and explain',
    group: false,
    load: () => import('./verify/index.ts'),
  },
  {
    name: 'audit',
    description: 'the audit log: list, verify',
    group: true,
    load: () => import('./audit/index.ts'),
  },
  {
    name: 'backup',
    description: 'write the database to a file',
    group: false,
    load: () => import('./backup.ts'),
  },
  {
    name: 'restore',
    description: 'fill an empty database from a backup',
    group: false,
    load: () => import('./restore.ts'),
  },
  {
    name: 'completion',
    description: 'print a completion script for bash, zsh or fish',
    group: false,
    load: () => import('./completion.ts'),
  },
];

/** `help client create` is `client create --help`. */
function withoutHelpCommand(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

/** Runs one command line and answers with its exit status: 0, 1 (refused, or found something), 2 (wrong use, or could not start). */
export async function runCommandLine(given: readonly string[], context: CommandContext): Promise<number> {
  const argv = withoutHelpCommand(given);
  const program = new Command('mortise')
    .description('Machine-to-machine identity: mutual TLS proves who, OAuth 2.0 scopes decide what.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: () => undefined,
    })
    .showSuggestionAfterError(true)
    .option('--version', 'print the version');
  const wanted = argv.find((word) => !word.startsWith('-'));
  for (const entry of entries) {
    const loaded = entry.name === wanted || wanted === 'completion' ? await entry.load() : undefined;
    if (!entry.group) {
      if (loaded === undefined) program.command(entry.name).description(entry.description);
      else loaded.register(program, context);
      continue;
    }
    const group = program.command(entry.name).description(entry.description);
    loaded?.register(group, context);
  }
  if (argv[0] === '--version' || argv[0] === '-V') {
    context.stdout.write(`${await version()}\n`);
    return 0;
  }
  if (argv.length === 0) {
    context.stderr.write(program.helpInformation());
    return 2;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return context.exitStatus;
  } catch (error) {
    const commands = program.commands.find((command) => command.name() === wanted)?.commands ?? [];
    return reportFailure(error, context, commands.map((command) => command.name()).join(', '));
  }
}

async function version(): Promise<string> {
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** One clear line; what nobody foresaw comes with where it happened. */
function reportFailure(error: unknown, context: CommandContext, commands: string): number {
  const say = (line: string): void => {
    context.stderr.write(`mortise: ${line.replace(/^error: /, '').replaceAll('\n', ' ')}\n`);
  };
  if (error instanceof CommanderError) {
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return 0;
    if (error.code === 'commander.help') {
      say(`name a command: ${commands}`);
      return 2;
    }
    say(error.message);
    return 2;
  }
  if (error instanceof CommandFailure) {
    say(error.message);
    return error.status;
  }
  const name = error instanceof Error ? error.name : '';
  if (['AuthorityError', 'ConfigError', 'ListenError', 'StorageError', 'StartError'].includes(name)) {
    say((error as Error).message);
    return 2;
  }
  context.stderr.write(
    `mortise: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 2;
}
