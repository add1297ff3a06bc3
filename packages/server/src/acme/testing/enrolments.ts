import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Certificate } from '@mortise/x509';
import { runCommand } from '../../cli/testing/run-command.ts';
import type { AcmeClient, Answer } from './acme-client.ts';
import { type AcmeHouse, csrFor } from './open-acme.ts';

export interface Enrolment {
  readonly directory: string;
  readonly eab_kid: string;
  readonly eab_hmac_key: string;
  readonly identifier: string;
}

/** Clients that enrol, on one house. */
export class Enrolments {
  readonly #house: AcmeHouse;

  constructor(house: AcmeHouse) {
    this.#house = house;
  }

  /** Runs a command as the administrator; rejects if it fails. */
  async mortise<Shown = Record<string, unknown>>(...argv: string[]): Promise<Shown> {
    const result = await runCommand([...argv, '--data', this.#house.server.data, '--json']);
    if (result.status !== 0) throw new Error(result.stderr);
    return result.json() as Shown;
  }

  async create(clientId: string, ...flags: string[]): Promise<Enrolment> {
    const method = ['--token-endpoint-auth-method', 'tls_client_auth'];
    const created = await this.mortise<{ enrolment: Enrolment }>(
      ...['client', 'create', clientId, ...method, '--enrol', ...flags],
    );
    return created.enrolment;
  }

  /** What making an account with a binding answers; `client` then has it. */
  async tryToBind(
    enrolment: Enrolment,
    profile = 'client',
  ): Promise<{ readonly client: AcmeClient; readonly answer: Answer }> {
    const client = await this.#house.client({ profile, account: false });
    const binding = client.binding(enrolment.eab_kid, enrolment.eab_hmac_key);
    return { client, answer: await client.register({ externalAccountBinding: binding }) };
  }

  async account(enrolment: Enrolment, profile = 'client'): Promise<AcmeClient> {
    const { client, answer } = await this.tryToBind(enrolment, profile);
    assert.equal(answer.status, 201, answer.text);
    return client;
  }

  async issue(client: AcmeClient, name: string, key: KeyObject = newKey()): Promise<Certificate[]> {
    const order = await client.order([name]);
    assert.equal(order.json.status, 'ready', order.text);
    const done = await client.post(order.json.finalize, { csr: await csrFor([name], key) });
    assert.equal(done.json.status, 'valid', done.text);
    return Certificate.parseAll((await client.post(done.json.certificate)).text);
  }
}

export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}
