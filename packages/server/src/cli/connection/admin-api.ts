import type { MortiseClient } from '@mortise/client';
import { CommandFailure } from '../failure.ts';
import { asCommandFailure } from './client-failures.ts';
import { nextStep } from './next-step.ts';
import { readServerUrls } from './server-metadata.ts';
import type { Target } from './target.ts';

interface Session {
  readonly client: MortiseClient;
  readonly apiUrl: string;
}

/** The admin API as a command sees it: bound tokens of the least scope; refusals are CommandFailures with status 1. */
export class AdminApi {
  readonly #target: Target;
  readonly #scope: string;
  #session: Promise<Session> | undefined;

  constructor(target: Target, scope: 'mortise:read' | 'mortise:admin') {
    this.#target = target;
    this.#scope = scope;
  }

  get<T>(path: string): Promise<T> {
    return this.#call<T>('GET', path, undefined);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#call<T>('POST', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.#call<T>('PATCH', path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.#call<T>('DELETE', path, undefined);
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined;
    do {
      const mark = path.includes('?') ? '&' : '?';
      const page = await this.get<{ items: T[]; next?: string }>(
        next === undefined ? path : `${path}${mark}after=${encodeURIComponent(next)}`,
      );
      items.push(...page.items);
      next = page.next;
    } while (next !== undefined);
    return items;
  }

  /** Gets a token, and so finds out whether the server is there and lets the caller act. */
  async reach(): Promise<void> {
    try {
      this.#session ??= this.#connect();
      await (await this.#session).client.token();
    } catch (error) {
      throw asCommandFailure(error);
    }
  }

  /** Ends the connections, so that the process can end. */
  async close(): Promise<void> {
    await (await this.#session?.catch(() => undefined))?.client.close();
  }

  async #call<T>(method: string, path: string, body: object | undefined): Promise<T> {
    try {
      this.#session ??= this.#connect();
      const { client, apiUrl } = await this.#session;
      const answer = await client.request({
        url: `${apiUrl}${path}`,
        method,
        ...(body === undefined ? {} : { json: body }),
      });
      const document = answer.text === '' ? undefined : answer.json();
      if (answer.status >= 200 && answer.status < 300) return document as T;
      throw refusal(answer.status, document);
    } catch (error) {
      throw asCommandFailure(error);
    }
  }

  async #connect(): Promise<Session> {
    const { url, clientId, certificate, anchors } = this.#target;
    const { createClient } = await import('@mortise/client');
    const clientFor = (issuer: string, resource?: string): MortiseClient =>
      createClient({
        issuer,
        clientId,
        authentication: { method: 'tls_client_auth' },
        certificate,
        anchors,
        scope: this.#scope,
        resource,
      });
    const known = this.#target.mtlsUrl;
    if (known !== undefined) {
      const apiUrl = `${known}/admin/v1`;
      return { client: clientFor(url, apiUrl), apiUrl };
    }
    const inquirer = clientFor(url);
    try {
      const { issuer, mtlsUrl } = await readServerUrls(inquirer, url);
      const apiUrl = `${mtlsUrl}/admin/v1`;
      return { client: clientFor(issuer, apiUrl), apiUrl };
    } finally {
      await inquirer.close();
    }
  }
}

function refusal(status: number, body: unknown): CommandFailure {
  const { code, error, title, detail, error_description, member } = (body ?? {}) as Record<string, unknown>;
  const name = typeof code === 'string' ? code : typeof error === 'string' ? error : `status_${status}`;
  const text = [detail, error_description, title].find((part): part is string => typeof part === 'string');
  const why = text === undefined ? '' : `: ${text}`;
  return new CommandFailure(1, name, `refused (${name})${why}${nextStep(name, member, text)}`);
}
