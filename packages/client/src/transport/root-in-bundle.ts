import { hash, X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { isIP } from 'node:net';

const timeoutMs = 10_000;
const longestText = 1_048_576;
const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * DER of the certificate with this fingerprint among the roots that `origin` names (`/trust/v1/bundle.pem`). The connection is not
 * trusted: whoever answers, only the certificate with this very fingerprint is taken. Undefined if it is not there.
 */
export async function rootInBundle(origin: string, fingerprint256: string): Promise<Buffer | undefined> {
  const text = await fetchText(new URL('/trust/v1/bundle.pem', origin));
  for (const pem of text.match(pemBlock) ?? []) {
    try {
      const { raw } = new X509Certificate(pem);
      if (hash('sha256', raw, 'hex') === fingerprint256) return raw;
    } catch {
      // Not a certificate, and so not the one that is wanted.
    }
  }
  return undefined;
}

/** Empty where there is no such answer. */
function fetchText(url: URL): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const outgoing = request(
    url,
    {
      agent: false,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
      signal: AbortSignal.timeout(timeoutMs),
    },
    (incoming) => {
      let text = '';
      incoming.setEncoding('latin1');
      incoming.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > longestText) outgoing.destroy();
      });
      incoming.once('error', () => resolve(''));
      incoming.once('close', () => resolve(''));
      incoming.once('end', () => resolve(incoming.statusCode === 200 ? text : ''));
    },
  );
  outgoing.once('error', () => resolve(''));
  outgoing.end();
  return promise;
}
