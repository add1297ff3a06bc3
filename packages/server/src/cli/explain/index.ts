import { type AdminAction, adminCommand } from '../admin-command.ts';
import { readText } from '../connection/target.ts';
import type { Register } from '../context.ts';
import { CommandFailure, wrongUse } from '../failure.ts';
import { readCertificateFile } from '../verify/certificate-file.ts';
import { chooseLeaves } from '../verify/choose-leaves.ts';
import { readBounded } from '../verify/read-bounded.ts';
import type { ExplanationDocument, RefusalDocument } from './documents.ts';
import { explanationText } from './explanation-text.ts';
import { refusalsText } from './refusals-text.ts';

interface ExplainFlags {
  readonly client?: string;
  readonly certificate?: string;
  readonly token?: string;
  readonly resource?: string;
  readonly passphraseFile?: string;
}

/** Says exactly why a client was refused, or what would be decided: what the caller of the endpoints is never told. Status 1: it would be refused. */
export const register: Register = (parent, context) => {
  adminCommand<ExplainFlags>(parent, context, {
    usage: 'explain',
    description: 'why a client was refused, or what would be decided about its certificate or token',
    scope: 'mortise:read',
    options: (command) =>
      command
        .option('--client <client_id>', "the client (without: the latest refusals in nobody's name)")
        .option(
          '--certificate <file>',
          'a certificate that the client would present; PEM, DER or a key store',
        )
        .option('--token <file>', 'an access token that it would send along; - for stdin')
        .option('--resource <url>', 'the resource that the token would be sent to')
        .option('--passphrase-file <file>', 'file with the passphrase of a key store')
        .addHelpText(
          'after',
          `
Status: 0 it would be accepted (or refusals are listed), 1 it would be refused, 2 wrong use or no server.

  mortise explain --client billing
  mortise explain --client billing --certificate cert.pem
  mortise explain --client billing --certificate cert.pem --token token.txt --resource https://api.example`,
        ),
    run: async (action) => {
      const { client, certificate, token, resource } = action.flags;
      if (client === undefined) {
        if (certificate !== undefined || token !== undefined) throw wrongUse('--client is missing');
        await listRefusals(action, '/refusals');
      } else if (certificate === undefined && token === undefined) {
        if (resource !== undefined) throw wrongUse('--resource goes with --token');
        await listRefusals(action, `/clients/${encodeURIComponent(client)}/refusals`, client);
      } else {
        await explainDecision(action, client);
      }
    },
  });
};

async function listRefusals(
  { api, context, print }: AdminAction<ExplainFlags>,
  path: string,
  who?: string,
): Promise<void> {
  const { items } = await api.get<{ items: RefusalDocument[] }>(path);
  // A name that is misspelt has no refusals either.
  if (items.length === 0 && who !== undefined) await api.get(`/clients/${encodeURIComponent(who)}`);
  print({ items }, () =>
    items.length === 0
      ? `This server process has refused nothing ${who === undefined ? 'that named no client' : `in the name of ${who}`} since it started.`
      : refusalsText(items, context.now()),
  );
}

async function explainDecision(
  { api, flags, context, print }: AdminAction<ExplainFlags>,
  client: string,
): Promise<void> {
  const { resource } = flags;
  const explanation = await api.post<ExplanationDocument>(`/clients/${encodeURIComponent(client)}/explain`, {
    ...(flags.certificate === undefined ? {} : { certificate: readChain(flags) }),
    ...(flags.token === undefined ? {} : { token: readToken(flags.token) }),
    ...(resource === undefined ? {} : { resource }),
  });
  const { certificate, token } = explanation;
  if (certificate?.accepted === false || token?.accepted === false) context.exitStatus = 1;
  print(explanation, () => explanationText(explanation));
}

/** PEM of the certificate and of the others in its file, as a client would send them. */
function readChain({ certificate: path = '', passphraseFile }: ExplainFlags): string {
  const passphrase =
    passphraseFile === undefined ? undefined : readText(passphraseFile).replace(/\r?\n$/, '');
  const file = readCertificateFile(path, readBounded(path), passphrase);
  const leaves = chooseLeaves(file);
  if (leaves.length !== 1)
    throw wrongUse(`${path} holds ${leaves.length} certificates with keys; give a file with one`);
  const { leaf } = leaves[0]!;
  const others = file.certificates.filter(({ fingerprint256 }) => fingerprint256 !== leaf.fingerprint256);
  return [leaf, ...others.slice(0, 20)].map((one) => one.toPem()).join('');
}

function readToken(path: string): string {
  const text = readBounded(path).toString('latin1').trim();
  const token = text.startsWith('{') ? tokenOf(text) : text;
  if (token === undefined || !/^[\x21-\x7e]{1,16384}$/.test(token)) {
    throw new CommandFailure(2, 'token_unreadable', `${path} holds no access token`);
  }
  return token;
}

/** The answer of the token endpoint as a whole is taken, too. */
function tokenOf(json: string): string | undefined {
  try {
    const { access_token: token } = JSON.parse(json) as { access_token?: unknown };
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}
