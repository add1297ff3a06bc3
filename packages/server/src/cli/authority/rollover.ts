import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import type { RolloverRequestDocument } from '../../authority/index.ts';
import { settings } from '../../config/index.ts';
import { adminCommand } from '../admin-command.ts';
import type { CommandContext, Register } from '../context.ts';
import type { RolloverDocument } from '../documents.ts';
import { wrongUse } from '../failure.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts, table } from '../output/table.ts';
import { readGiven } from './root-files.ts';

interface RolloverFlags {
  readonly authority: string;
  readonly keyType?: string;
  /** False: in the database. */
  readonly pkcs11Token?: string | false;
  readonly pkcs11Key?: string;
  readonly waive?: readonly string[];
  readonly force?: boolean;
  readonly out?: string;
  readonly successor?: string;
}

const steps = ['status', 'request', 'publish', 'switch', 'retire', 'cancel'];
const isReading = (step: string | undefined): boolean =>
  step === undefined || step === 'status' || step === 'request';
const collect = (value: string, former: readonly string[] = []): string[] => [...former, value];

export const registerRollover: Register = (parent, context) => {
  adminCommand<RolloverFlags>(parent, context, {
    usage: 'rollover [step]',
    description: `replace a root with proof that nothing breaks: ${steps.join(', ')} (default: status)`,
    scope: (_flags, [step]) => (isReading(step) ? 'mortise:read' : 'mortise:admin'),
    options: (command) =>
      command
        .option('--authority <name>', 'the authority whose root is replaced', 'main')
        .addOption(
          new Option('--key-type <type>', 'publish: kind of key of the new root').choices(
            settings.authorityKeyType.choices,
          ),
        )
        .option(
          '--pkcs11-token <label>',
          'publish, switch: PKCS #11 token to make the key of the new root, or of the new intermediate, on (default: where the key of the old one is); with --successor: of the intermediate',
        )
        .option('--no-pkcs11-token', 'publish, switch: make that key in the database')
        .option('--pkcs11-key <uri>', 'publish: PKCS #11 URI of a key that is on a token already, instead')
        .option('--out <file>', 'request: where it is written, for authority sign-rollover')
        .option('--successor <file>', 'publish: of a root kept offline, what authority sign-rollover wrote')
        .option('--waive <name>', 'switch, retire: leave this one behind; repeatable', collect)
        .option('--force', 'switch, retire: go on whatever breaks, and say what does'),
    run: async ({ api, flags, args, print }) => {
      const [step = 'status'] = args;
      if (!steps.includes(step)) throw wrongUse(`a step is one of ${steps.join(', ')}`);
      checkFlags(step, flags);
      const path = `/rollovers/${encodeURIComponent(flags.authority)}`;
      if (step === 'request') {
        const request = await api.get<RolloverRequestDocument>(`${path}/request`);
        writeFileSync(flags.out!, `${JSON.stringify(request, undefined, 2)}\n`);
        print({ ...request, out: flags.out }, () => requestText(request, flags.out!));
        return;
      }
      const done =
        step === 'status'
          ? await api.get<RolloverDocument>(path)
          : step === 'publish'
            ? await api.post<RolloverDocument>('/rollovers', {
                authority: flags.authority,
                ...(flags.keyType === undefined ? {} : { key_type: flags.keyType }),
                ...tokenMember(flags),
                ...(flags.pkcs11Key === undefined ? {} : { pkcs11_key: flags.pkcs11Key }),
                ...(flags.successor === undefined ? {} : { successor: readSuccessorFile(flags.successor) }),
              })
            : await api.post<RolloverDocument>(`${path}/${step}`, stepBody(step, flags));
      print(done, () => rolloverText(done, context));
    },
  });
};

function checkFlags(step: string, flags: RolloverFlags): void {
  const moving = step === 'switch' || step === 'retire';
  if (!moving && (flags.waive !== undefined || flags.force === true)) {
    throw wrongUse('--waive and --force go with switch and retire');
  }
  const { keyType, pkcs11Token, pkcs11Key, successor } = flags;
  if (step !== 'publish' && [keyType, pkcs11Key, successor].some((flag) => flag !== undefined)) {
    throw wrongUse('--key-type, --pkcs11-key and --successor go with publish');
  }
  if (step !== 'publish' && step !== 'switch' && pkcs11Token !== undefined) {
    throw wrongUse('--pkcs11-token and --no-pkcs11-token go with publish and switch');
  }
  if ((step === 'request') !== (flags.out !== undefined)) {
    throw wrongUse('request writes the file that --out names; no other step has one');
  }
}

function readSuccessorFile(path: string): object {
  try {
    return JSON.parse(readGiven('--successor', path)) as object;
  } catch (error) {
    if (error instanceof SyntaxError) throw wrongUse(`--successor: ${path} is no JSON`);
    throw error;
  }
}

function requestText(request: RolloverRequestDocument, out: string): string {
  return facts([
    ['authority', request.authority],
    ['old root', request.old.authority_id],
    ['new root', request.successor.authority_id],
    ['written', out],
  ]);
}

function stepBody(step: string, flags: RolloverFlags): object {
  if (step === 'cancel') return {};
  const { waive, force } = flags;
  return {
    ...(waive === undefined ? {} : { waive }),
    ...(force === true ? { force } : {}),
    ...tokenMember(flags),
  };
}

function tokenMember({ pkcs11Token: token }: RolloverFlags): object {
  return token === undefined ? {} : { pkcs11_token: token === false ? null : token };
}

function rolloverText(rollover: RolloverDocument, context: CommandContext): string {
  const { next, blocking, broken, participants, certificates } = rollover;
  const waived = new Set(rollover.waived);
  const now = context.now();
  const shown = participants.filter(({ state, name }) => state !== 'ready' || waived.has(name));
  const ready = participants.length - participants.filter(({ state }) => state !== 'ready').length;
  return [
    facts([
      ['authority', rollover.authority],
      ['phase', rollover.phase],
      ['old root', rootText(rollover.old_root)],
      ['new root', rootText(rollover.new_root)],
      ['ready', participants.length === 0 ? undefined : `${ready} of ${participants.length}`],
      ['next step', next === undefined ? undefined : nextText(next, blocking)],
      ['left behind', broken === undefined || broken.length === 0 ? undefined : broken.join(', ')],
    ]),
    ...(shown.length === 0
      ? []
      : [
          '',
          table(
            ['not ready', 'kind', 'state', 'last report'],
            shown.map((one) => [
              one.name,
              one.kind,
              waived.has(one.name) ? `${one.state}, waived` : one.state,
              one.last_report_at === undefined ? 'never' : relativeTime(one.last_report_at * 1000, now),
            ]),
          ),
        ]),
    ...(certificates.length === 0 || next !== 'retire'
      ? []
      : [
          '',
          table(
            ['under the old root', 'holder', 'profile', 'expires'],
            certificates.map((one) => [
              one.fingerprint256,
              one.holder,
              one.profile,
              relativeTime(one.not_after * 1000, now),
            ]),
          ),
        ]),
  ].join('\n');
}

function rootText({ authority_id: id, fingerprint256, subject }: RolloverDocument['old_root']): string {
  return `${id}  ${fingerprint256}  ${subject}`;
}

function nextText(next: string, blocking: readonly string[]): string {
  return blocking.length === 0
    ? `${next}: nobody is in the way`
    : `${next}: waits for ${blocking.join(', ')}`;
}
