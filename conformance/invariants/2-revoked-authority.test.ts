import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { test } from 'node:test';
import { House } from './testing/house.ts';
import { ProtectedApi } from './testing/protected-api.ts';

test('invariant 2: a node under a revoked authority enforces its end before its own stream ends', async (t) => {
  const house = await House.start();
  t.after(() => house.discard());
  const api = await ProtectedApi.start(house);
  t.after(() => api.close());
  const identity = await house.certified('caller');
  const answer = await house.token('mtls', { identity, form: { client_id: 'caller' } });
  const token = String(answer.body['access_token']);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  assert.equal((await api.call(token, { identity, agent })).status, 200);

  const { items } = await house.administer('GET', '/authorities');
  const ids = (items as { authority_id: string }[]).map((authority) => authority.authority_id);
  assert.equal(ids.length, 2);
  const heard = ids.map((id) => api.hears('authority', id));
  const ended = api.next('feed_disconnected');
  await house.administer('POST', '/authorities/main/revoke', {});
  await Promise.all(heard);
  // It refuses because it knows, and not because it knows nothing any more.
  assert.equal((await api.call(token, { identity })).status, 401);
  assert.equal(api.reasons.at(-1), 'revoked');
  await ended;
  assert.equal(api.resourceServer.revocation.stale, false);
  assert.equal((await api.call(token, { identity })).status, 401);
  // The server takes it for no node any more.
  const again = await api.next('feed_disconnected');
  assert.match(String(again.type === 'feed_disconnected' && (again.error as Error).message), /status 403/);
});
