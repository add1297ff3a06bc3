import { test } from 'node:test';
import { ordersSurviveKills } from './testing/killed-orders.ts';

test('invariant 8: kill -9 at random moments of a thousand ACME orders loses no certificate, and issues none twice (SQLite)', (t) =>
  ordersSurviveKills(t, { orders: 1000 }));
