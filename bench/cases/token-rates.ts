/** Tokens per CPU second over kept-alive connections, by method, beside the bare server and the peer; all three are new for each method. */
import { contest } from '../contest.ts';
import { Fixture } from '../fixture.ts';
import { type Figure, round } from '../table.ts';
import { type Method, openContestants } from './token-contestants.ts';

const methods: readonly Method[] = ['tls_client_auth', 'client_secret_basic', 'private_key_jwt'];

export async function tokenRates(rounds: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const method of methods) {
    // Long enough for the compilers of V8 to come to an end.
    const turns = { warmUpMs: 4000, sliceMs: 300, rounds };
    const run = { method, connection: 'kept', connections: 16, turns } as const;
    const fixture = await Fixture.open();
    const { contestants, close } = await openContestants(fixture, run, { peer: true });
    try {
      const standings = await contest(contestants, turns);
      for (const [name, beside, least] of [
        ['bare', 'the bare server', 0.8],
        ['peer', 'node-oidc-provider', 2.2],
      ] as const) {
        figures.push({
          name: `${method}, kept-alive, beside ${beside}`,
          value: standings.ratio('mortise', name),
          unit: '×',
          target: { least },
          detail: `${round(standings.rateRatio('mortise', name))} × by rate${name === 'bare' ? `; ${standings.describe()}` : ''}`,
        });
      }
    } finally {
      await close();
      await fixture.close();
    }
  }
  return figures;
}
