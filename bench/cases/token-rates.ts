/** Tokens a second over kept-alive connections, by method, beside the bare server and the peer. */
import { contest } from '../contest.ts';
import type { Fixture } from '../fixture.ts';
import { type Figure, round } from '../table.ts';
import { type Method, openContestants } from './token-contestants.ts';

const methods: readonly Method[] = ['tls_client_auth', 'client_secret_basic', 'private_key_jwt'];

export async function tokenRates(fixture: Fixture, rounds: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const method of methods) {
    const run = { method, connection: 'kept', connections: 16, durationMs: 2500 } as const;
    const { contestants, close } = await openContestants(fixture, run, { peer: true });
    try {
      const standings = await contest(contestants, rounds);
      const [mortise, bare, peer] = ['mortise', 'bare', 'peer'].map((name) => standings.get(name)!);
      const detail = `mortise ${round(mortise!.rate)}/s (${round(mortise!.cpuMicroseconds)} µs), bare ${round(bare!.rate)}/s (${round(bare!.cpuMicroseconds)} µs), peer ${round(peer!.rate)}/s (${round(peer!.cpuMicroseconds)} µs)`;
      figures.push(
        {
          name: `${method}, kept-alive, beside the bare server`,
          value: mortise!.rate / bare!.rate,
          unit: '×',
          target: { least: 0.8 },
          detail,
        },
        {
          name: `${method}, kept-alive, beside node-oidc-provider`,
          value: mortise!.rate / peer!.rate,
          unit: '×',
          target: { least: 2.2 },
          detail: '',
        },
      );
    } finally {
      await close();
    }
  }
  return figures;
}
