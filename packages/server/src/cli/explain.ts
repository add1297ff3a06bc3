import { adminCommand } from './admin-command.ts';
import type { Register } from './context.ts';
import { relativeTime } from './output/relative-time.ts';

interface RefusalDocument {
  readonly at: number;
  readonly endpoint: string;
  readonly listener: string;
  readonly remote_address: string;
  readonly status: number;
  readonly reason: Readonly<Record<string, unknown>>;
}

/** Says exactly why requests of a client were refused: what the client itself is never told. */
export const register: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'explain <client-id>',
    description: 'why the latest requests in the name of a client were refused',
    scope: 'mortise:read',
    run: async ({ api, args, print }) => {
      const id = args[0]!;
      const { items } = await api.get<{ items: RefusalDocument[] }>(
        `/clients/${encodeURIComponent(id)}/refusals`,
      );
      const now = context.now();
      print(items, () =>
        items.length === 0
          ? `This server has refused nothing in the name of ${id} since it was started.`
          : items.map((item) => describe(item, now)).join('\n\n'),
      );
    },
  });
};

function describe(
  { at, endpoint, listener, remote_address: from, status, reason }: RefusalDocument,
  now: number,
): string {
  const { code, ...facts } = reason;
  const lines = Object.entries(facts).map(
    ([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [
    `${relativeTime(at * 1000, now)}  ${endpoint} on ${listener} from ${from}  ${status}  ${String(code)}`,
    ...lines,
  ]
    .join('\n')
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\uFFFD');
}
