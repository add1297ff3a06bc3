import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { listen, stopListening } from './listening.ts';

/** A claim on a port is a UDP socket `count` ports above it, so that servers of both protocols fit on the port itself. */
const first = 10_000;
const room = Math.floor((firstOfTheSystem() - first) / 2);
// A system that gives nearly all ports leaves no room outside.
const count = room < 1_000 ? 11_000 : Math.min(room, 11_000);

/**
 * A TCP and UDP port of the loopback that stays with this process until it ends, whether or not somebody listens there: for
 * servers that come back where they were, for programs that have to be told a port, and for addresses where nobody may answer.
 *
 * The ports that the system gives (port 0, outgoing connections) will not do for that: one that a server has just left is
 * given to the next who asks. Claimed ports lie outside their range, and another process that claims gets others.
 */
export async function claimPort(): Promise<number> {
  const offset = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step += 1) {
    const port = first + ((offset + step) % count);
    if ((await claim(port + count)) && (await isFree(port))) return port;
  }
  throw new Error(`all of the ports ${first} to ${first + count - 1} are claimed or in use`);
}

async function claim(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  try {
    const bound = once(socket, 'listening');
    socket.bind({ port, address: '127.0.0.1', exclusive: true });
    await bound;
    return true;
  } catch {
    socket.close();
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port);
  } catch {
    return false;
  }
  await stopListening(server);
  return true;
}

function firstOfTheSystem(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch {
    return 49_152; // RFC 6335 §6, what systems other than Linux keep to.
  }
}
