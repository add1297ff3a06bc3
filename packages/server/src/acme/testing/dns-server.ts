import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { claimPort } from '../../../../../testing/claim-port.ts';

export interface DnsServer {
  /** `127.0.0.1:PORT`; every name has the address 127.0.0.1. */
  readonly address: string;
  /** Where records are set: the URL of pebble-challtestsrv's management interface. */
  readonly management: string;
  /** Adds a TXT record; the name ends in a dot. */
  setText(host: string, value: string): Promise<void>;
  /** Has a name lead to these addresses instead. */
  setAddresses(host: string, addresses: readonly string[]): Promise<void>;
}

/** Debian's pebble-challtestsrv as a DNS server on loopback, until the tests of the file end. */
export async function startDnsServer(): Promise<DnsServer> {
  for (;;) {
    const [dns, management] = [await claimPort(), await claimPort()];
    const child = spawn(
      'pebble-challtestsrv',
      [
        ...['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`],
        ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''],
      ],
      { stdio: 'ignore' },
    );
    const url = `http://127.0.0.1:${management}`;
    // It ends at once if somebody was quicker to take a port.
    if (!(await answers(url, child))) continue;
    after(() => void child.kill());
    const set = async (path: string, body: object): Promise<void> => {
      const answer = await fetch(`${url}/${path}`, { method: 'POST', body: JSON.stringify(body) });
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    };
    return {
      address: `127.0.0.1:${dns}`,
      management: url,
      setText: (host, value) => set('set-txt', { host, value }),
      setAddresses: (host, addresses) => set('add-a', { host, addresses }),
    };
  }
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  let ended = false;
  const gone = once(child, 'exit').then(() => {
    ended = true;
  });
  while (!ended) {
    try {
      await fetch(url);
      return true;
    } catch {
      await Promise.race([gone, new Promise((resume) => setTimeout(resume, 50))]);
    }
  }
  return false;
}
