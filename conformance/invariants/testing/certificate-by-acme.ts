/** A client of ACME that keeps its keys and goes on after every interruption, until it has its certificate. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { Certificate } from '@mortise/x509';
import { AcmeClient, type Answer } from '../../../packages/server/src/acme/testing/acme-client.ts';
import { csrFor } from '../../../packages/server/src/acme/testing/open-acme.ts';
import type { MortalNodes } from './mortal-nodes.ts';

export interface ReceivedCertificate {
  readonly fingerprint256: string;
  readonly serialNumber: string;
  /** The last segment of the order's URL. */
  readonly orderId: string;
}

/** How often a client that was interrupted while it was validated asks on before it gives its order up. */
const patience = 25;

/**
 * A new account, an order for `names`, its http-01 challenges answered by way of `answers`, the certificate. What was not
 * answered is sent again; a validation that a kill left behind is waited for only briefly, and then ordered anew.
 */
export async function certificateByAcme(
  nodes: MortalNodes,
  names: readonly string[],
  answers: Map<string, string>,
): Promise<ReceivedCertificate> {
  const { first } = nodes;
  const directoryUrl = `${first.ready.issuer}/acme/server/directory`;
  const client = new AcmeClient({ directoryUrl, ca: first.ca });
  const answered = <Result>(what: string, act: () => Promise<Result>): Promise<Result> =>
    nodes.answer(what, (house) => {
      const [hostname, port] = house.ready.listening.public.split(':');
      client.at = { hostname: hostname!, port: Number(port) };
      return act();
    });
  const post = (what: string, url: string, payload?: unknown): Promise<Answer> =>
    answered(what, () => client.post(url, payload));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const csr = await csrFor(names, privateKey);

  await answered('directory', () => client.open());
  const account = await answered('account', () => client.register());
  assert.ok([200, 201].includes(account.status), account.text);
  for (;;) {
    const order = await answered('order', () => client.order(names));
    assert.equal(order.status, 201, order.text);
    const orderUrl = String(order.headers['location']);
    if (!(await prove(order.json.authorizations as string[]))) continue;
    const finalized = await post('finalize', order.json.finalize as string, { csr });
    // That it is not ready is said of an order whose certificate was issued, and the answer lost.
    if (finalized.status !== 200)
      assert.match(String(finalized.json.type), /:orderNotReady$/, finalized.text);
    const shown = await post('order', orderUrl);
    assert.equal(shown.json.status, 'valid', shown.text);
    const download = await post('certificate', shown.json.certificate as string);
    assert.equal(download.status, 200, download.text);
    const { fingerprint256, serialNumber } = Certificate.parse(download.text);
    return { fingerprint256, serialNumber, orderId: orderUrl.split('/').at(-1)! };
  }

  /** Whether all became valid. */
  async function prove(authorizations: readonly string[]): Promise<boolean> {
    for (const url of authorizations) {
      const { json } = await post('authorization', url);
      if (json.status === 'valid') continue;
      const challenge = json.challenges.find(({ type }: { type: string }) => type === 'http-01');
      answers.set(challenge.token, `${challenge.token}.${client.thumbprint}`);
      await post('challenge', challenge.url as string, {});
      if (!(await becomesValid(url))) return false;
    }
    return true;
  }

  async function becomesValid(url: string): Promise<boolean> {
    const { kills } = nodes;
    for (let asked = 0; ; asked += 1) {
      const { json, text } = await post('authorization', url);
      if (json.status === 'valid') return true;
      assert.equal(json.status, 'pending', text);
      if (nodes.kills > kills && asked > patience) return false;
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }
}
