import { adminCommand } from '../admin-command.ts';
import type { AdminApi } from '../connection/admin-api.ts';
import { type CommandContext, type Register, wholeNumber } from '../context.ts';
import type { RecallDocument, RecalledCertificateDocument, RecallProgressDocument } from '../documents.ts';
import { wrongUse } from '../failure.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts, table } from '../output/table.ts';

interface RecallFlags {
  readonly all?: boolean;
  readonly issuedBy?: string;
  readonly profile?: string;
  readonly keyType?: string;
  readonly issuedFrom?: number;
  readonly issuedUntil?: number;
  readonly explanationUrl?: string;
  readonly preview?: boolean;
  readonly end?: boolean;
}

/** How many of those that are still to be replaced a person is shown. */
const shown = 50;

export const registerRecall: Register = (parent, context) => {
  adminCommand<RecallFlags>(parent, context, {
    usage: 'recall [recall-id]',
    description: 'have ACME clients replace certificates now; show how far a recall has come, or all recalls',
    scope: (flags, [id]) =>
      flags.preview !== true && (id === undefined ? readFilter(flags) !== undefined : flags.end === true)
        ? 'mortise:admin'
        : 'mortise:read',
    options: (command) =>
      command
        .option('--issued-by <authority-id>', 'those of this authority and of the ones under it')
        .option('--profile <name>', 'those of this profile')
        .option(
          '--key-type <type>',
          'those with such a key: rsa, ec, ed25519, or narrower: rsa-2048, ec-p256',
        )
        .option(
          '--issued-from <time>',
          'those issued then or later: 2026-11-22T10:00Z',
          moment('--issued-from'),
        )
        .option('--issued-until <time>', 'those issued before that', moment('--issued-until'))
        .option('--all', 'all certificates')
        .option('--explanation-url <url>', 'a page that says why, shown by ACME clients')
        .option('--preview', 'count them, and recall nothing')
        .option('--end', 'end this recall: renewal is as ever again'),
    run: async ({ api, flags, args, print }) => {
      const [id] = args;
      const filter = readFilter(flags);
      if (id !== undefined) {
        if (filter !== undefined || flags.preview === true || flags.explanationUrl !== undefined) {
          throw wrongUse('a recall that is there cannot be made otherwise; end it, and make another');
        }
        if (flags.end === true) return endRecall(api, id, print);
        return showRecall(api, id, print, context);
      }
      if (flags.end === true) throw wrongUse('--end needs the id of a recall');
      if (filter === undefined) {
        if (flags.preview === true) throw wrongUse('say which certificates, or --all');
        return listRecalls(api, print, context);
      }
      if (flags.preview === true) {
        const progress = await api.post<RecallProgressDocument>('/recalls/preview', filter);
        print(progress, () => `${progress.certificates} certificates would be recalled.`);
        return;
      }
      const recall = await api.post<RecallDocument>('/recalls', {
        filter,
        ...(flags.explanationUrl === undefined ? {} : { explanation_url: flags.explanationUrl }),
      });
      print(recall, () => recallText(recall));
    },
  });
};

type Print = (document: unknown, text: () => string) => void;

async function endRecall(api: AdminApi, id: string, print: Print): Promise<void> {
  const outcome = await api.post<{ changed: boolean }>(`/recalls/${encodeURIComponent(id)}/end`);
  print(outcome, () => (outcome.changed ? `${id} has ended.` : `${id} had ended already.`));
}

async function showRecall(api: AdminApi, id: string, print: Print, context: CommandContext): Promise<void> {
  const path = `/recalls/${encodeURIComponent(id)}`;
  const recall = await api.get<RecallDocument>(path);
  const { items, next } = await api.get<{ items: RecalledCertificateDocument[]; next?: string }>(
    `${path}/certificates?state=outstanding&limit=${shown}`,
  );
  print({ ...recall, outstanding: items }, () =>
    [
      recallText(recall),
      ...(items.length === 0
        ? []
        : [
            '',
            table(
              ['outstanding', 'client', 'profile', 'names', 'expires'],
              items.map((one) => [
                one.fingerprint256,
                one.client_id ?? '',
                one.profile,
                one.names.join(' '),
                relativeTime(one.not_after * 1000, context.now()),
              ]),
            ),
          ]),
      ...(next === undefined ? [] : [`and more: these are the first ${shown}`]),
    ].join('\n'),
  );
}

async function listRecalls(api: AdminApi, print: Print, context: CommandContext): Promise<void> {
  const recalls = await api.all<RecallDocument>('/recalls');
  print(recalls, () =>
    recalls.length === 0
      ? 'No recalls.'
      : table(
          ['recall', 'certificates', 'made', 'by', 'state'],
          recalls.map((recall) => [
            recall.recall_id,
            filterText(recall),
            relativeTime(recall.created_at * 1000, context.now()),
            recall.created_by,
            recall.ended_at === undefined ? 'under way' : 'ended',
          ]),
        ),
  );
}

function recallText(recall: RecallDocument): string {
  const { progress } = recall;
  return facts([
    ['recall', recall.recall_id],
    ['certificates', filterText(recall)],
    ['made', `${new Date(recall.created_at * 1000).toISOString()} by ${recall.created_by}`],
    ['ended', recall.ended_at === undefined ? undefined : new Date(recall.ended_at * 1000).toISOString()],
    ['explanation', recall.explanation_url],
    ...(progress === undefined
      ? []
      : ([
          ['replaced', `${progress.replaced} of ${progress.certificates}: ${progress.replaced_percent} %`],
          ['revoked', String(progress.revoked)],
          ['expired', String(progress.expired)],
          ['outstanding', String(progress.outstanding)],
        ] as const)),
  ]);
}

function filterText({ filter }: RecallDocument): string {
  const date = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const parts = [
    ...(filter.authority_id === undefined ? [] : [`issued by ${filter.authority_id}`]),
    ...(filter.profile === undefined ? [] : [`profile ${filter.profile}`]),
    ...(filter.key_type === undefined ? [] : [`key ${filter.key_type}`]),
    ...(filter.issued_from === undefined ? [] : [`issued from ${date(filter.issued_from)}`]),
    ...(filter.issued_until === undefined ? [] : [`issued until ${date(filter.issued_until)}`]),
  ];
  return parts.length === 0 ? 'all' : parts.join(', ');
}

/** Undefined: nothing was said about certificates. */
function readFilter(flags: RecallFlags): RecallDocument['filter'] | undefined {
  const filter = {
    ...(flags.issuedBy === undefined ? {} : { authority_id: flags.issuedBy }),
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    ...(flags.keyType === undefined ? {} : { key_type: flags.keyType }),
    ...(flags.issuedFrom === undefined ? {} : { issued_from: flags.issuedFrom }),
    ...(flags.issuedUntil === undefined ? {} : { issued_until: flags.issuedUntil }),
  };
  const some = Object.keys(filter).length > 0;
  if (flags.all === true && some) throw wrongUse('--all goes with no other choice of certificates');
  return some || flags.all === true ? filter : undefined;
}

/** Epoch seconds of a date and time as in RFC 3339, seconds optional, or of epoch seconds. */
function moment(flag: string): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text)) return wholeNumber(flag)(text);
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/i;
    const at = form.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at)) throw wrongUse(`${flag} takes a date and time with its zone: 2026-11-22T10:00Z`);
    return Math.floor(at / 1000);
  };
}
