import { Certificate, summarizeCertificate, X509Error } from '@mortise/x509';
import { Type } from 'typebox';
import { describeRefusal, type RefusalReason, type RefusalRecord } from '../../authorization/index.ts';
import { ClientError } from '../../clients/index.ts';
import { explainRequestSchema } from '../explain-schemas.ts';
import { AdminError } from '../problems.ts';
import type { AdminRoute } from '../route.ts';

const clientParam = { client_id: 'Id of the client' };
const refusals = Type.Object({ items: Type.Array(Type.Ref('Refusal')) });

/** Certificates of one connection that are read. */
const maximumCertificates = 20;

export const explainRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/clients/{client_id}/refusals',
    operationId: 'listRefusals',
    summary:
      'The latest refusals in the name of a client by this process, newest first, each with its exact reason',
    scope: 'mortise:read',
    params: clientParam,
    status: 200,
    response: refusals,
    handle: ({ params }, context) => ({ items: context.refusals(params['client_id']).map(refusalDocument) }),
  },
  {
    method: 'GET',
    path: '/refusals',
    operationId: 'listNamelessRefusals',
    summary: "The latest refusals in nobody's name by this process, newest first",
    scope: 'mortise:read',
    status: 200,
    response: refusals,
    handle: (_request, context) => ({ items: context.refusals(undefined).map(refusalDocument) }),
  },
  {
    method: 'POST',
    path: '/clients/{client_id}/explain',
    operationId: 'explainDecision',
    summary:
      'What would be decided about a certificate or an access token of a client, check by check; changes nothing',
    scope: 'mortise:read',
    params: clientParam,
    body: explainRequestSchema,
    status: 200,
    response: Type.Ref('Explanation'),
    handle: async ({ params, body }, { explainer }) => {
      const clientId = params['client_id']!;
      const { certificate: pem, token, resource } = body as Record<string, string | undefined>;
      const certificate = pem === undefined ? undefined : readChain(pem);
      const found = await explainer.explain({ clientId, certificate, token, resource });
      if (found === undefined)
        throw new ClientError('client_unknown', `there is no client ${clientId.slice(0, 200)}`);
      return {
        client_id: found.clientId,
        at: found.at / 1000,
        client: found.client,
        ...(found.certificate === undefined || certificate === undefined
          ? {}
          : {
              certificate: {
                subject: summarizeCertificate(certificate.leaf).subject,
                fingerprint256: certificate.leaf.fingerprint256,
                role: found.certificate.role,
                accepted: found.certificate.decision.accepted,
                ...(found.certificate.decision.accepted
                  ? {}
                  : { refusal: reasonDocument(found.certificate.decision.reason) }),
                checks: found.certificate.checks,
                cnf: found.certificate.confirmation,
              },
            }),
        ...(found.token === undefined ? {} : { token: found.token }),
      };
    },
  },
];

function readChain(pem: string): { leaf: Certificate; chain: Certificate[] } {
  try {
    const [leaf, ...chain] = Certificate.parseAll(pem);
    return { leaf: leaf!, chain: chain.slice(0, maximumCertificates) };
  } catch (error) {
    if (error instanceof X509Error)
      throw new AdminError(400, 'certificate_invalid', `certificate: ${error.message} (${error.code})`);
    throw error;
  }
}

function refusalDocument(record: RefusalRecord): object {
  return {
    at: record.at / 1000,
    endpoint: record.endpoint,
    listener: record.listener,
    remote_address: record.remoteAddress,
    'x5t#S256': record.certificate,
    status: record.status,
    ...reasonDocument(record.reason),
  };
}

function reasonDocument(reason: RefusalReason): object {
  const { summary, advice } = describeRefusal(reason);
  return { reason, summary, ...(advice === undefined ? {} : { advice }) };
}
