import { after, before } from 'node:test';
import { House } from './testing/house.ts';
import { singleUseTests } from './testing/single-use.ts';

let house: House;
before(async () => {
  house = await House.start();
  await house.resource();
});
after(() => house.discard());

singleUseTests('SQLite', () => [house]);
