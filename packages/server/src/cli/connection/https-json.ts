import { request } from 'node:https';
import { CommandFailure } from '../failure.ts';

export interface HttpsIdentity {
  /** Roots that the server must chain to, PEM. */
  readonly trustedPem: string;
  readonly keyPem?: string;
  readonly certificatePem?: string;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: NodeJS.Dict<string | string[]>;
}

const answerLimitBytes = 16 * 1024 * 1024;
const timeoutMs = 30_000;

/**
 * One request with a certificate. On `node:https` alone, so that a command starts at once. Throws CommandFailure (status 2)
 * when the server cannot be reached or is not the right one.
 */
export function httpsJson(
  identity: HttpsIdentity,
  method: string,
  url: string,
  send: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        ca: identity.trustedPem,
        ...(identity.keyPem === undefined ? {} : { key: identity.keyPem }),
        ...(identity.certificatePem === undefined ? {} : { cert: identity.certificatePem }),
        agent: false,
        timeout: timeoutMs,
        headers: { accept: 'application/json', ...send.headers },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let length = 0;
        incoming.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > answerLimitBytes) outgoing.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        incoming.on('error', fail);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          try {
            const body: unknown = text === '' ? undefined : JSON.parse(text);
            resolve({ status: incoming.statusCode ?? 0, body, headers: incoming.headers });
          } catch {
            reject(
              new CommandFailure(
                2,
                'server_unexpected',
                `${url} answered ${incoming.statusCode} without JSON`,
              ),
            );
          }
        });
      },
    );
    const fail = (error: NodeJS.ErrnoException): void => reject(unreachable(url, error));
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    outgoing.on('error', fail);
    outgoing.end(send.body);
  });
}

function unreachable(
  url: string,
  error: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] },
): CommandFailure {
  const origin = new URL(url).origin;
  const code = error.code ?? error.errors?.[0]?.code;
  if (code === 'ECONNREFUSED') {
    return new CommandFailure(
      2,
      'server_unreachable',
      `no server answers at ${origin}; start it with "mortise serve"`,
    );
  }
  return new CommandFailure(2, 'server_unreachable', `cannot talk to ${origin}: ${error.message || code}`);
}
