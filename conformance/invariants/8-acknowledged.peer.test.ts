import { after, before } from 'node:test';
import { acknowledgedTests } from './testing/acknowledged.ts';
import type { House } from './testing/house.ts';
import { startNodes } from './testing/nodes.ts';

let houses: House[];
before(async () => {
  houses = await startNodes();
  await houses[0]!.resource();
});
after(() => Promise.all(houses.map((house) => house.discard())));

acknowledgedTests('two nodes on PostgreSQL', () => houses);
