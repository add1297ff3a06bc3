import { hashSecret } from '../../clients/index.ts';
import type { Form } from '../form.ts';
import { type CredentialSource, Refused, refuse } from '../refusal.ts';
import { isRepeated } from '../repeated-header.ts';
import type { OAuthRequest } from '../request.ts';
import { readAssertion } from './assertion.ts';
import { readBasicCredentials } from './basic-credentials.ts';
import type { Presented } from './method.ts';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Finds the one credential in a request. More than one (of Authorization header, `client_secret` and `client_assertion`) is
 * refused (RFC 6749 §2.3); a certificate is a credential only where none of them is sent.
 */
export function presentedCredential(request: OAuthRequest, form: Form): Presented | Refused {
  const { authorization } = request.headers;
  const { clientSecret, clientAssertion, clientAssertionType } = form;
  if (authorization === undefined && clientSecret === undefined && clientAssertion === undefined) {
    return clientAssertionType === undefined
      ? fromConnection(request, form)
      : refuse({ code: 'parameter_missing', parameter: 'client_assertion' }, form.clientId);
  }
  const sources: CredentialSource[] = [];
  if (authorization !== undefined) sources.push('authorization');
  if (clientSecret !== undefined) sources.push('client_secret');
  if (clientAssertion !== undefined) sources.push('client_assertion');
  if (sources.length > 1) return refuse({ code: 'several_credentials', sources }, form.clientId);
  if (authorization !== undefined) return fromHeader(authorization, request, form);
  if (clientSecret !== undefined) return fromBody(clientSecret, form);
  return fromAssertion(clientAssertion!, form);
}

function fromConnection(request: OAuthRequest, { clientId }: Form): Presented | Refused {
  if (clientId === undefined || request.certificate === undefined) {
    return refuse({ code: 'credential_missing' }, clientId);
  }
  return { source: 'certificate', clientId, certificate: request.certificate };
}

function fromBody(secret: string, { clientId }: Form): Presented | Refused {
  if (clientId === undefined) return refuse({ code: 'parameter_missing', parameter: 'client_id' });
  return { source: 'client_secret', clientId, secretHash: hashSecret(secret) };
}

function fromAssertion(compact: string, { clientId, clientAssertionType }: Form): Presented | Refused {
  if (clientAssertionType !== assertionType) {
    return clientAssertionType === undefined
      ? refuse({ code: 'parameter_missing', parameter: 'client_assertion_type' }, clientId)
      : refuse(
          { code: 'assertion_type_unsupported', presented: clientAssertionType.slice(0, 200) },
          clientId,
        );
  }
  const assertion = readAssertion(compact);
  if (assertion instanceof Refused) return new Refused(assertion.reason, clientId);
  if (clientId !== undefined && clientId !== assertion.clientId) {
    return refuse({ code: 'client_id_mismatch', source: 'client_assertion' }, clientId);
  }
  return { source: 'client_assertion', clientId: assertion.clientId, assertion };
}

const schemeForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}/;

function fromHeader(authorization: string, request: OAuthRequest, { clientId }: Form): Presented | Refused {
  if (isRepeated('authorization', request.rawHeaders))
    return refuse({ code: 'authorization_repeated' }, clientId);
  const pair = readBasicCredentials(authorization);
  if (pair === undefined) return unreadableHeader(authorization, clientId);
  if (clientId !== undefined && clientId !== pair.clientId) {
    return refuse({ code: 'client_id_mismatch', source: 'authorization' }, clientId);
  }
  return pair;
}

function unreadableHeader(authorization: string, clientId: string | undefined): Refused {
  const scheme = schemeForm.exec(authorization)?.[0].toLowerCase();
  return scheme === undefined || scheme === 'basic'
    ? refuse({ code: 'authorization_malformed' }, clientId)
    : refuse({ code: 'authorization_scheme_unsupported', scheme }, clientId);
}
