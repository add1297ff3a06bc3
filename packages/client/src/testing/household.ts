import { type ClientOptions, createClient, type MortiseClient } from '../index.ts';
import { startTestAuthorizationServer, type TestAuthorizationServer } from './authorization-server.ts';
import { createTestAuthority, type Issued, type TestAuthority } from './certificates.ts';
import { startTestApi, type TestApi } from './protected-api.ts';

/** An authorization server, an API and the client `billing` with two certificates, the second not registered yet; `close` ends all. */
export class Household {
  readonly authority: TestAuthority;
  readonly billing: Issued;
  readonly renewed: Issued;
  readonly server: TestAuthorizationServer;
  readonly api: TestApi;
  readonly #clients: MortiseClient[] = [];

  constructor(parts: Pick<Household, 'authority' | 'billing' | 'renewed' | 'server' | 'api'>) {
    this.authority = parts.authority;
    this.billing = parts.billing;
    this.renewed = parts.renewed;
    this.server = parts.server;
    this.api = parts.api;
  }

  static async start(): Promise<Household> {
    const authority = await createTestAuthority();
    const billing = await authority.client('billing');
    const renewed = await authority.client('billing');
    const registered = { clientId: 'billing', thumbprints: [billing.thumbprint] };
    const server = await startTestAuthorizationServer(authority, registered);
    const api = await startTestApi(authority, server);
    return new Household({ authority, billing, renewed, server, api });
  }

  /** A client by tls_client_auth with its first certificate. */
  client(options: Partial<ClientOptions> = {}): MortiseClient {
    const client = createClient({
      issuer: this.server.issuer,
      clientId: 'billing',
      authentication: { method: 'tls_client_auth' },
      certificate: this.billing,
      anchors: this.authority.ca,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.api.stop();
    await this.server.stop();
  }
}
