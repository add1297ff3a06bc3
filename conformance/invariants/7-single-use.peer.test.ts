import { after, before } from 'node:test';
import type { House } from './testing/house.ts';
import { startNodes } from './testing/nodes.ts';
import { singleUseTests } from './testing/single-use.ts';

let houses: House[];
before(async () => {
  houses = await startNodes();
  await houses[0]!.resource();
});
after(() => Promise.all(houses.map((house) => house.discard())));

singleUseTests('two nodes on PostgreSQL', () => houses);
