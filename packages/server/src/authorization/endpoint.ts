import type { ClientAuthenticator } from './client-authentication/authenticate-client.ts';
import type { Verdict } from './client-authentication/method.ts';
import type { Eventually } from './eventually.ts';
import type { FailureLimits } from './failure-limits.ts';
import { type Form, parameterInQuery } from './form.ts';
import type { RefusalLog, RevocationState } from './ports.ts';
import { readForm } from './read-form.ts';
import { type Refused, refuse } from './refusal.ts';
import type { RefusalRecords } from './refusal-records.ts';
import { isRepeated } from './repeated-header.ts';
import type { OAuthEndpoint, OAuthRequest, OAuthResponse } from './request.ts';
import { isAuthenticationFailure, refusalResponse } from './wire.ts';

/** What the three endpoints share. */
export interface EndpointContext {
  readonly authenticator: ClientAuthenticator;
  readonly revocation: RevocationState;
  readonly limits: FailureLimits;
  readonly records: RefusalRecords;
  readonly log: RefusalLog;
  readonly clock: () => number;
}

/** Step 1 of each endpoint: method, content type and form (RFC 6749 §3.2, §2.3.1). */
export function readRequest(request: OAuthRequest): Form | Refused {
  if (request.method !== 'POST')
    return refuse({ code: 'method_not_allowed', method: request.method.slice(0, 20) });
  const type = request.headers['content-type'];
  if (isRepeated('content-type', request.rawHeaders)) return refuse({ code: 'content_type_repeated' });
  if (type !== formType && !isFormType(type)) {
    return refuse({ code: 'content_type_unsupported', presented: type?.slice(0, 100) });
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return refuse({ code: 'content_encoding_unsupported', presented: encoding.slice(0, 40) });
  }
  const parameter = parameterInQuery(request.path);
  if (parameter !== undefined) return refuse({ code: 'parameter_in_query', parameter });
  return readForm(request.body);
}

const formType = 'application/x-www-form-urlencoded';

function isFormType(type: string | undefined): boolean {
  if (type === undefined) return false;
  const [media, ...parameters] = type.toLowerCase().split(';');
  // RFC 6749 appendix B: the encoding is UTF-8, whoever says otherwise meant other octets.
  return (
    media!.trim() === formType &&
    parameters.every((parameter) => {
      const text = parameter.trim();
      return !text.startsWith('charset=') || /^charset="?utf-8"?$/.test(text);
    })
  );
}

/** Step 2 of each endpoint. */
export function authenticate(
  context: EndpointContext,
  request: OAuthRequest,
  form: Form,
  now: number,
): Eventually<Verdict> {
  return context.authenticator.authenticate(request, form, now);
}

/** Whoever would decide by an old denylist must not decide. */
export function refuseIfStale({ revocation }: EndpointContext): Refused | undefined {
  return revocation.isStale() ? refuse({ code: 'stale' }) : undefined;
}

/** The last step of a refused request: counted, recorded, logged and answered. */
export function refused(
  context: EndpointContext,
  endpoint: OAuthEndpoint,
  request: OAuthRequest,
  refusal: Refused,
): OAuthResponse {
  const at = context.clock();
  let answered = refusal;
  let worthLogging = true;
  if (isAuthenticationFailure(refusal.reason)) {
    const limit = context.limits.failed(request.remoteAddress, refusal.clientId, at);
    if (limit !== undefined) {
      const { retryAfterSeconds } = limit;
      answered = refuse(
        { code: 'failure_limit', retryAfterSeconds, cause: refusal.reason },
        refusal.clientId,
      );
      worthLogging = limit.first;
    }
  }
  const response = refusalResponse(answered, request.headers.authorization !== undefined);
  const record = {
    at,
    endpoint,
    listener: request.listener,
    remoteAddress: request.remoteAddress,
    clientId: refusal.clientId,
    certificate: request.certificate?.x5t,
    status: response.status,
    reason: answered.reason,
  };
  context.records.keep(record);
  if (worthLogging) context.log(record);
  return response;
}

/** What a failure of the server itself (a database that is away) becomes: try again. The stack goes no further than the log's code. */
export function unavailable(error: unknown): Refused {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return refuse({ code: 'unavailable', problem: code ?? (error instanceof Error ? error.name : 'unknown') });
}
