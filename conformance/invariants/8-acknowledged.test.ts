import { after, before } from 'node:test';
import { acknowledgedTests } from './testing/acknowledged.ts';
import { House } from './testing/house.ts';

let house: House;
before(async () => {
  house = await House.start();
  await house.resource();
});
after(() => house.discard());

acknowledgedTests('SQLite', () => [house]);
