import type { Exchange } from './exchange.ts';
import { answerProblem } from './problem.ts';
import { readBody } from './request-body.ts';

/** The body as JSON. `undefined` when it was refused and answered already, or nobody is left to answer. */
export function readJson(
  { request, response }: Exchange,
  limitBytes: number,
): Promise<{ json: unknown } | undefined> {
  return new Promise((resolve) => {
    readBody(request, limitBytes, (failure, body) => {
      if (failure === 'too_large') {
        answerProblem(
          response,
          { status: 413, code: 'body_too_large', title: `The report is larger than ${limitBytes} bytes.` },
          { Connection: 'close' },
        );
      }
      if (failure !== undefined) {
        resolve(undefined);
        return;
      }
      try {
        resolve({ json: JSON.parse(body.toString('utf8')) as unknown });
      } catch {
        answerProblem(response, { status: 400, code: 'body_invalid', title: 'The report is not JSON.' });
        resolve(undefined);
      }
    });
  });
}
