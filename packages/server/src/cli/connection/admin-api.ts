import { CommandFailure } from '../failure.ts';
import { httpsJson } from './https-json.ts';
import type { Target } from './target.ts';

/** The admin API as a command sees it: bound token obtained at the first call, refusals as CommandFailure (status 1). */
export class AdminApi {
  readonly target: Target;
  readonly #scope: string;
  #token: Promise<string> | undefined;

  constructor(target: Target, scope: 'mortise:read' | 'mortise:admin') {
    this.target = target;
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

  async #call<T>(method: string, path: string, body: object | undefined): Promise<T> {
    this.#token ??= this.#obtainToken();
    const headers: Record<string, string> = { authorization: `Bearer ${await this.#token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const answer = await httpsJson(
      this.target.identity,
      method,
      `${this.target.mtlsUrl}/admin/v1${path}`,
      body === undefined ? { headers } : { headers, body: JSON.stringify(body) },
    );
    if (answer.status >= 200 && answer.status < 300) return answer.body as T;
    throw refusal(answer.status, answer.body);
  }

  async #obtainToken(): Promise<string> {
    const { target } = this;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: target.clientId,
      scope: this.#scope,
      resource: `${target.mtlsUrl}/admin/v1`,
    });
    const answer = await httpsJson(target.identity, 'POST', `${target.mtlsUrl}/oauth2/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    const token = (answer.body as { access_token?: unknown } | undefined)?.access_token;
    if (answer.status === 200 && typeof token === 'string') return token;
    throw refusal(answer.status, answer.body);
  }
}

function refusal(status: number, body: unknown): CommandFailure {
  const { code, error, title, detail, error_description } = (body ?? {}) as Record<string, unknown>;
  const name = typeof code === 'string' ? code : typeof error === 'string' ? error : `status_${status}`;
  const text = [detail, error_description, title].find((part): part is string => typeof part === 'string');
  return new CommandFailure(1, name, `refused (${name})${text === undefined ? '' : `: ${text}`}`);
}
