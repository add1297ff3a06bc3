/** How soon `serve` is ready, and what it holds in memory when idle; each on the compiled dist/. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMortise } from '../fixture.ts';
import { type Figure, median } from '../table.ts';

export async function startUp(rounds: number): Promise<Figure[]> {
  const first: number[] = [];
  const again: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'mortise-bench-'));
    try {
      for (const times of [first, again]) {
        const server = await startMortise(join(folder, 'data'));
        times.push(server.startedInMs);
        if (times === again) resident.push(server.residentMb());
        await server.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return [
    { name: 'ready, first start', value: median(first) / 1000, unit: 's', target: { most: 2 }, detail: '' },
    { name: 'ready, existing data', value: median(again) / 1000, unit: 's', target: { most: 1 }, detail: '' },
    { name: 'resident memory, idle', value: median(resident), unit: 'MB', target: { most: 120 }, detail: '' },
  ];
}
