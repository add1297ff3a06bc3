import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from './testing/connect.ts';
import { postgresCluster } from './testing/postgres-cluster.ts';
import { authority, certificate, client, draft, issued } from './testing/records.ts';
import { withStorage } from './testing/storage-for-test.ts';

const cluster = await postgresCluster();

test('a certificate that waits for a lock delays those of others by a moment only', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async ({ authorities, clients }) => {
    await authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, [
      draft('authority.created', 'auth_a'),
    ]);
    for (const id of ['a', 'b'])
      await clients.create({ client: client(id), claims: [] }, [draft('x.done', id)]);
    const issue = (clientId: string) => {
      const credential = certificate(clientId, { authorityId: 'auth_a' });
      return authorities.issue({ certificate: issued(credential, { clientId }), credential }, [
        draft('certificate.issued', clientId),
      ]);
    };
    const holder = await connect(url);
    await holder.query(`BEGIN; SELECT 1 FROM clients WHERE client_id = 'a' FOR UPDATE`);
    const held = issue('a');
    // Its transaction is seen to wait.
    const observer = await connect(url);
    for (;;) {
      const { rowCount } = await observer.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
      );
      if (rowCount! > 0) break;
    }
    assert.equal((await issue('b')).done, true);
    await holder.query('COMMIT');
    assert.equal((await held).done, true);
    await Promise.all([holder.end(), observer.end()]);
  });
});
