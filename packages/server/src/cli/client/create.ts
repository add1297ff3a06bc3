import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { ClientDocument } from '../documents.ts';
import { describeClient } from './describe.ts';
import { enrolmentText } from './enrolment-text.ts';
import { addMetadataFlags, metadataFrom } from './metadata-flags.ts';

export const registerCreate: Register = (parent, context) => {
  adminCommand<Record<string, unknown>>(parent, context, {
    usage: 'create [client-id]',
    description: 'register a client; a secret made for it is shown this once',
    scope: 'mortise:admin',
    options: (command) =>
      addMetadataFlags(command).option('--enrol', 'also make a one-use key by which it enrols with ACME'),
    run: async ({ api, flags, args, print }) => {
      const metadata = metadataFrom(flags);
      if (flags['enrol'] === true) metadata['enrol'] = true;
      if (args[0] !== undefined) metadata['client_id'] = args[0];
      const client = await api.post<ClientDocument>('/clients', metadata);
      print(client, () => `${describeClient(client, context.now())}\n\n${nextSteps(client)}`);
    },
  });
};

function nextSteps(client: ClientDocument): string {
  const id = client.client_id;
  const enrolment = client.enrolment === undefined ? '' : `${enrolmentText(client.enrolment)}\n\n`;
  return enrolment + otherSteps(client, id);
}

function otherSteps(client: ClientDocument, id: string): string {
  if (client.client_secret !== undefined) {
    return `client_secret  ${client.client_secret}\n\nKeep it now: it is shown this once. Another: mortise secret add ${id}`;
  }
  if (client.token_endpoint_auth_method === 'tls_client_auth' && client.enrolment === undefined) {
    return `Its certificate: mortise certificate issue --client ${id} --out DIR`;
  }
  const token = `Ask for a token: mortise token --client-id ${id}`;
  switch (client.token_endpoint_auth_method) {
    case 'private_key_jwt':
      return `${token} --private-key FILE`;
    case 'self_signed_tls_client_auth':
      return client['jwks'] === undefined && client['jwks_uri'] === undefined
        ? `Register its certificates (a JWK set with x5c): mortise client update ${id} --jwks FILE`
        : `${token} --cert FILE --key FILE`;
    default:
      return token;
  }
}
