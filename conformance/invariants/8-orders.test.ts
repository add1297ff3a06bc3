import { test } from 'node:test';
import { ordersSurviveKills } from './testing/killed-orders.ts';

test('invariant 8: kill -9 at random moments of ACME orders loses no certificate that a client received, and issues none twice', (t) =>
  ordersSurviveKills(t, { orders: 40 }));
