/** A mutual TLS handshake and one bound token for each, full and resumed, beside the bare server. */
import { contest } from '../contest.ts';
import type { Fixture } from '../fixture.ts';
import { type Figure, round } from '../table.ts';
import { openContestants } from './token-contestants.ts';

export async function handshakes(fixture: Fixture, rounds: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const connection of ['full', 'resumed'] as const) {
    // Twice as many turns of half the length: a connection's work is long enough for it, and the median steadier.
    const turns = { warmUpMs: 4000, sliceMs: 250, rounds: 2 * rounds };
    const run = { method: 'tls_client_auth', connection, connections: 4, turns } as const;
    const { contestants, close } = await openContestants(fixture, run, { peer: false });
    try {
      // Handshakes are too few to make V8 compile what answers a request; in a server that has run for a while it is.
      const kept = contestants.map(({ target, ...rest }) => ({
        ...rest,
        target: { ...target, connection: 'kept' as const },
      }));
      await contest(kept, { warmUpMs: 0, sliceMs: 3000, rounds: 1 });
      const standings = await contest(contestants, turns);
      figures.push({
        name: `tls_client_auth, ${connection} handshake for each token, beside the bare server`,
        value: standings.ratio('mortise', 'bare'),
        unit: '×',
        target: { least: 0.9 },
        detail: `${round(standings.rateRatio('mortise', 'bare'))} × by rate; ${standings.describe()}`,
      });
    } finally {
      await close();
    }
  }
  return figures;
}
