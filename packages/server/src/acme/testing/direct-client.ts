import type { AcmeServer } from '../acme-server.ts';
import { AcmeClient, type Answer } from './acme-client.ts';

export const directIssuer = 'https://mortise.example';

/** The same small ACME client, handed to a server without sockets between: for tests that end and replace the server. */
export class DirectClient extends AcmeClient {
  server: AcmeServer;

  constructor(server: AcmeServer, profile: string) {
    super({ directoryUrl: `${directIssuer}/acme/${profile}/directory`, ca: '' });
    this.server = server;
  }

  override async send(
    method: string,
    url: string,
    body?: string,
    contentType = 'application/jose+json',
  ): Promise<Answer> {
    const { pathname, search } = new URL(url);
    const answer = await this.server.handle({
      method,
      path: pathname.slice('/acme/'.length),
      query: search.slice(1),
      contentType: body === undefined ? undefined : contentType,
      accept: undefined,
      body: body === undefined ? undefined : Buffer.from(body),
      remoteAddress: '192.0.2.1',
    });
    const headers = Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [
        name.toLowerCase(),
        typeof value === 'string' ? value : [...value],
      ]),
    );
    const isJson = /json/.test(String(headers['content-type'] ?? ''));
    const json: unknown = isJson ? JSON.parse(answer.body) : {};
    return { status: answer.status, headers, text: answer.body, json };
  }
}
