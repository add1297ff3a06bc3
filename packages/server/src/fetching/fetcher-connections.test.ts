import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Fetcher } from './fetcher.ts';
import type { Lookup } from './guarded-connector.ts';

test('a name that has moved is asked at its new address, whatever the old one says of its connections', async (t) => {
  const serve = async (address: string, port: number) => {
    const server = createServer({ keepAlive: true, keepAliveTimeout: 600_000 }, (request, response) => {
      if (request.url === '/to') response.writeHead(302, { location: '/' }).end();
      else response.writeHead(200, { connection: 'keep-alive', 'keep-alive': 'timeout=600' }).end(address);
    }).listen(port, address);
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };
  const port = await serve('127.0.0.1', 0);
  await serve('127.0.0.2', port);
  let address = '127.0.0.1';
  const lookup: Lookup = (_name, _options, callback) => callback(null, [{ address, family: 4 }]);
  const fetcher = new Fetcher({ admittedNetworks: ['127.0.0.0/8'], admitHttp: true, lookup });
  t.after(() => fetcher.close());
  const asked = async (path = '/') => String(await fetcher.fetch(`http://moving.example:${port}${path}`));
  assert.equal(await asked(), '127.0.0.1');
  address = '127.0.0.2';
  assert.equal(await asked(), '127.0.0.2');
  address = '127.0.0.1';
  assert.equal(await asked('/to'), '127.0.0.1');
});
