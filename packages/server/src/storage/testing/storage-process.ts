/**
 * A process of its own with a storage: `hold` opens it and says so, `write` acts without end and prints a line for each
 * act when it is acknowledged. What it is refused with, it prints. Its parent kills it.
 */
import { openStorage, type Storage } from '../open-storage.ts';
import { client, draft, now, secret } from './records.ts';
import { masterKey } from './storage-for-test.ts';

/** One line of its output. */
export type Line =
  | { readonly opened: true }
  | { readonly refused: string; readonly message: string }
  | { readonly client: string; readonly sequence: number }
  | { readonly jti: string }
  | { readonly token: string; readonly sequence: number };

function say(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const writers: ((storage: Storage, id: string) => Promise<void>)[] = [
  async (storage, id) => {
    const outcome = await storage.clients.create(
      {
        client: client(id, { credentials: [secret(`cred_${id}`)] }),
        claims: [{ anchor: 'mortise', matcher: id }],
      },
      [draft('client.created', id)],
    );
    if (outcome.done) say({ client: id, sequence: outcome.event.sequence });
  },
  async (storage, id) => {
    if (await storage.replayGuard.consume({ clientId: 'a', jti: id, expiresAt: now })) say({ jti: id });
  },
  async (storage, id) => {
    const event = await storage.revocation.record(
      draft('token.revoked', 'a', { denylist: { add: [{ kind: 'token', id }] } }),
    );
    say({ token: id, sequence: event.sequence });
  },
  async (storage) => {
    await storage.seals.seal();
    // With nothing to seal it waits for nothing, and the others would never have their turn.
    await new Promise((resume) => setImmediate(resume));
  },
];

const [mode, url, run, sealFile] = process.argv.slice(2) as [string, string, string, string];
try {
  const storage = await openStorage({
    url,
    clock: () => now,
    masterKey,
    ...(sealFile === undefined ? {} : { sealFile }),
  });
  say({ opened: true });
  if (mode === 'hold') process.stdin.resume();
  else {
    await Promise.all(
      [...writers, ...writers].map(async (write, index) => {
        for (let count = 0; ; count += 1) await write(storage, `${run}-${index}-${count}`);
      }),
    );
  }
} catch (error) {
  say({ refused: String((error as { code?: string }).code), message: (error as Error).message });
}
