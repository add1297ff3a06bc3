import { RolloverError, type Rollovers, readTrustReport, type TrustReport } from '../authority/index.ts';
import type { PresentedCertificate } from '../authorization/index.ts';
import type { NodeAuthentication } from '../revocation/index.ts';
import { answer } from './answer.ts';
import type { Exchange, Handler } from './exchange.ts';
import { answerProblem, type Problem } from './problem.ts';
import { readJson } from './request-json.ts';

export interface TrustEndpointsOptions {
  readonly rollovers: Pick<Rollovers, 'bundle' | 'report'>;
  /** Whose certificate it is, for any active client. */
  readonly authenticate: (certificate: PresentedCertificate | undefined) => Promise<NodeAuthentication>;
  readonly log: { info(fields: object, message: string): void };
}

const reportLimitBytes = 65_536;

/** `GET /trust/v1/bundle`: the roots to trust, for whoever trusts one of them already; `…/bundle.pem` is the same as PEM. */
export function trustBundleEndpoint(
  { rollovers }: Pick<TrustEndpointsOptions, 'rollovers'>,
  format: 'json' | 'pem',
): Handler {
  return ({ response }) => {
    const bundle = rollovers.bundle();
    const text =
      format === 'json'
        ? JSON.stringify(bundle)
        : bundle.roots.map(({ certificate }) => certificate).join('');
    const type = format === 'json' ? 'application/json' : 'application/pem-certificate-chain';
    answer(response, 200, { 'Content-Type': type, 'Cache-Control': 'no-cache' }, text);
  };
}

/** `POST /trust/v1/reports`: which roots a process of a client trusts. */
export function trustReportsEndpoint(options: TrustEndpointsOptions): Handler {
  return async (exchange) => {
    const authentication = await options.authenticate(exchange.certificate);
    if (!authentication.ok) {
      refuse(options, exchange, authentication.code);
      return;
    }
    const body = await readJson(exchange, reportLimitBytes);
    if (body === undefined) return;
    const { clientId } = authentication.node;
    const problem = await takeReport(options.rollovers, clientId, body.json, '');
    if (problem === undefined) answer(exchange.response, 204, { 'Cache-Control': 'no-store' });
    else answerProblem(exchange.response, problem);
  };
}

/** Takes what a client said that it trusts; the problem, if it is wrong. `at` is where it stands in the body. */
export async function takeReport(
  rollovers: Pick<Rollovers, 'report'>,
  clientId: string,
  body: unknown,
  at: '' | '/trust',
  kind?: TrustReport['kind'],
): Promise<Problem | undefined> {
  try {
    const { instance, anchors, gone, ...read } = readTrustReport(body);
    await rollovers.report({ clientId, instance, anchors, gone, kind: kind ?? read.kind ?? 'client' });
    return undefined;
  } catch (error) {
    if (!(error instanceof RolloverError)) throw error;
    return { status: 400, code: error.code, title: 'The report is wrong.', member: `${at}${error.names[0]}` };
  }
}

function refuse({ log }: TrustEndpointsOptions, { response, certificate }: Exchange, code: string): void {
  log.info({ code, certificate: certificate?.x5t }, 'a report of trust was refused');
  const stale = code === 'stale';
  const title = stale
    ? 'This server does not know what was revoked lately.'
    : 'The certificate of this connection is not that of an active client.';
  answerProblem(response, { status: stale ? 503 : 403, code, title }, stale ? { 'Retry-After': '1' } : {});
}
