import { answer } from './answer.ts';
import type { Handler } from './exchange.ts';
import { answerProblem, notFound } from './problem.ts';

/** `/ca/<id>.crt`: an authority's certificate as DER, for AIA (RFC 5280 §4.2.2.1). Trust comes from elsewhere. */
export function caCertificates(prefix: string, find: (authorityId: string) => Buffer | undefined): Handler {
  return ({ path, response }) => {
    const name = path.slice(prefix.length);
    const der = name.endsWith('.crt') ? find(name.slice(0, -'.crt'.length)) : undefined;
    if (der === undefined) {
      answerProblem(response, notFound);
      return;
    }
    answer(
      response,
      200,
      { 'Content-Type': 'application/pkix-cert', 'Cache-Control': 'public, max-age=86400' },
      der,
    );
  };
}
