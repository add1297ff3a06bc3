/** A mutual TLS handshake and one bound token for each, full and resumed, beside the bare server. */
import { contest } from '../contest.ts';
import type { Fixture } from '../fixture.ts';
import { type Figure, round } from '../table.ts';
import { openContestants } from './token-contestants.ts';

export async function handshakes(fixture: Fixture, rounds: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const connection of ['full', 'resumed'] as const) {
    const run = { method: 'tls_client_auth', connection, connections: 4, durationMs: 2500 } as const;
    const { contestants, close } = await openContestants(fixture, run, { peer: false });
    try {
      const standings = await contest(contestants, rounds);
      const [mortise, bare] = ['mortise', 'bare'].map((name) => standings.get(name)!);
      figures.push({
        name: `tls_client_auth, ${connection} handshake for each token, beside the bare server`,
        value: mortise!.rate / bare!.rate,
        unit: '×',
        target: { least: 0.9 },
        detail: `mortise ${round(mortise!.rate)}/s (${round(mortise!.cpuMicroseconds)} µs), bare ${round(bare!.rate)}/s (${round(bare!.cpuMicroseconds)} µs)`,
      });
    } finally {
      await close();
    }
  }
  return figures;
}
