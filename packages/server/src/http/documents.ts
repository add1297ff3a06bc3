import { createHash } from 'node:crypto';
import { answer } from './answer.ts';
import type { Handler } from './exchange.ts';

/** A public JSON document that anyone may read and keep for `maxAgeSeconds`; made anew only when `current` returns another object. */
export function publicDocument(current: () => object, maxAgeSeconds: number): Handler {
  let of: object | undefined;
  let body = Buffer.alloc(0);
  let entityTag = '';
  return ({ request, response }) => {
    const document = current();
    if (document !== of) {
      of = document;
      body = Buffer.from(JSON.stringify(document));
      entityTag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    }
    const headers = {
      'Content-Type': 'application/json',
      'Cache-Control': `public, max-age=${maxAgeSeconds}`,
      'Access-Control-Allow-Origin': '*',
      ETag: entityTag,
    };
    if (request.headers['if-none-match'] === entityTag) answer(response, 304, headers);
    else answer(response, 200, headers, body);
  };
}

/** The paths of the metadata: both well-known suffixes, each before and after the path of the issuer (RFC 8414 §3, §5). */
export function metadataPaths(issuer: string): string[] {
  const { pathname } = new URL(issuer);
  const path = pathname === '/' ? '' : pathname;
  const paths = ['oauth-authorization-server', 'openid-configuration'].flatMap((suffix) => [
    `/.well-known/${suffix}${path}`,
    `${path}/.well-known/${suffix}`,
  ]);
  return [...new Set(paths)];
}
