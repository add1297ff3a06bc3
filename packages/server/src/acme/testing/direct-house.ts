import type { TestContext } from 'node:test';
import { type House, openHouse } from '../../authority/testing/open-house.ts';
import { AcmeServer, type AcmeServerOptions } from '../acme-server.ts';
import type { ValidationNetwork } from '../challenges/challenge-method.ts';
import { directIssuer } from './direct-client.ts';

/** A house on a real database with a clock of its own, and ACME servers over it that are asked directly. */
export interface DirectHouse {
  readonly house: House;
  /** What http-01 finds, by token. */
  readonly answers: Map<string, string>;
  serve(
    options?: Partial<AcmeServerOptions> & {
      /** Stands between the server and what it keeps its records in. */
      readonly watch?: <Port extends object>(port: Port) => Port;
    },
  ): AcmeServer;
}

/** `createDatabase`: default one on SQLite. */
export async function openDirectHouse(
  t: TestContext,
  createDatabase?: () => Promise<string>,
): Promise<DirectHouse> {
  const house = await openHouse(t, createDatabase === undefined ? {} : { url: await createDatabase() });
  const answers = new Map<string, string>();
  const unused = () => Promise.reject(new Error('not asked for'));
  const network: ValidationNetwork = {
    fetch: async (url) => Buffer.from(answers.get(url.slice(url.lastIndexOf('/') + 1)) ?? ''),
    resolveTxt: unused,
    presentedCertificate: unused,
  };
  return {
    house,
    answers,
    serve: ({ watch = <Port extends object>(port: Port) => port, ...options } = {}) =>
      new AcmeServer({
        store: watch(house.storage.acme),
        nonceUses: watch({
          consume: (jti: string, expiresAt: number) =>
            house.storage.replayGuard.consume({ clientId: 'acme nonce', jti, expiresAt }),
        }),
        authority: house.authority,
        recalls: { of: async () => undefined },
        revocation: { revokeCertificate: unused },
        clients: house.clients,
        sealer: house.storage.sealer,
        network,
        issuer: directIssuer,
        validation: { retryDelaysMs: [] },
        clock: house.clock.read,
        log: { info: () => {}, error: () => {} },
        ...options,
      }),
  };
}
