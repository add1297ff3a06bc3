import { ClientError } from '../errors.ts';
import { AcmeDocument } from './acme-answer.ts';
import type { AcmeSession } from './acme-session.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** Where requests of one account go. */
export interface Place {
  readonly session: AcmeSession;
  readonly accountUrl: string;
  readonly clock: () => number;
  /** Epoch milliseconds at which waiting ends. */
  readonly until: number;
}

const shortestSeconds = 1;
const longestSeconds = 60;

/** Asks for a document until it is settled, as often as the server wants (RFC 8555 §7.4, `Retry-After`). */
export async function poll(
  url: string,
  { session, accountUrl, clock, until }: Place,
  settled: (document: AcmeDocument) => boolean,
): Promise<AcmeDocument> {
  for (;;) {
    const answer = await session.post({ url, accountUrl });
    const document = new AcmeDocument(answer.text, url);
    if (settled(document)) return document;
    const said = retryAfterSeconds(answer.headers['retry-after'], clock()) ?? shortestSeconds;
    const seconds = Math.min(longestSeconds, Math.max(shortestSeconds, said));
    if (clock() + seconds * 1000 > until) {
      throw new ClientError('server_unreachable', `${url} is not settled after all this time`);
    }
    await session.pause(seconds);
  }
}
