import { answerJson } from './answer.ts';
import type { Handler } from './exchange.ts';

const noStore = { 'Cache-Control': 'no-store' };

/** `/healthz`: the process answers. */
export const health: Handler = ({ response }) => answerJson(response, 200, { status: 'ok' }, noStore);

/** `/readyz`: it would issue a token. `notReady` says in a word why it would not. */
export function readiness(notReady: () => string | undefined): Handler {
  return ({ response }) => {
    const reason = notReady();
    if (reason === undefined) answerJson(response, 200, { status: 'ready' }, noStore);
    else answerJson(response, 503, { status: 'not_ready', reason }, { ...noStore, 'Retry-After': '1' });
  };
}
