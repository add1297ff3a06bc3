/** Resident memory over many tokens: what leaks, grows. */
import { expectAnswers } from '../contest.ts';
import { type Fixture, prepared, scope } from '../fixture.ts';
import type { LoadResult, LoadTarget } from '../load/order.ts';
import { runLoad } from '../process.ts';
import { type Figure, round } from '../table.ts';

/** `tokens` in all, after a fifth of them has warmed up. */
export async function growth(fixture: Fixture, tokens: number): Promise<Figure[]> {
  const target: LoadTarget = {
    host: '127.0.0.1',
    port: fixture.endpoints.mtlsPort,
    ca: fixture.pem('tls-client', 'ca.pem'),
    key: fixture.pem('tls-client', 'key.pem'),
    certificate: fixture.pem('tls-client', 'cert.pem'),
    connection: 'kept',
    connections: 16,
    requestsFile: fixture.write(
      'growth.requests',
      prepared('/oauth2/token', { grant_type: 'client_credentials', scope, client_id: 'tls-client' }),
    ),
    once: false,
  };
  const spend = async (most: number): Promise<number> => {
    const order = { targets: [target], warmUpMs: 0, sliceMs: 600_000, rounds: 1, most };
    const { targets } = await runLoad<LoadResult>('bench/load/main.ts', order);
    expectAnswers('growth', targets[0]!);
    return fixture.server.residentMb();
  };
  const warm = await spend(tokens / 5);
  const middle = await spend((tokens * 2) / 5);
  const end = await spend((tokens * 2) / 5);
  return [
    {
      name: `resident memory after ${round(tokens)} tokens, beside after the first fifth`,
      value: end / warm,
      unit: '×',
      target: { most: 1.1 },
      detail: `${round(warm)} MB, then ${round(middle)} MB, then ${round(end)} MB`,
    },
  ];
}
