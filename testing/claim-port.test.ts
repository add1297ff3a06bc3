import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { claimPort } from './claim-port.ts';
import { listen, stopListening } from './listening.ts';

test('every claim is another port, where servers of TCP and UDP come and go', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, claimPort));
  assert.equal(new Set(ports).size, ports.length);
  const server = createServer();
  for (let times = 0; times < 3; times += 1) {
    assert.equal(await listen(server, ports[0]), ports[0]);
    await stopListening(server);
  }
  const socket = createSocket('udp4').bind(ports[0], '127.0.0.1');
  await once(socket, 'listening');
  socket.close();
});
