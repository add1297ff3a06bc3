import type { ClientAuthentication, ClientOptions, MortiseClient } from '@mortise/client';
import { asCommandFailure } from './connection/client-failures.ts';
import { readServerUrls } from './connection/server-metadata.ts';
import {
  locateServer,
  readCredential,
  readText,
  type ServerFlags,
  serverOptions,
} from './connection/target.ts';
import { type CommandContext, type Register, show } from './context.ts';
import { wrongUse } from './failure.ts';

interface TokenFlags extends ServerFlags {
  readonly clientId: string;
  readonly tokenEndpointAuthMethod?: string;
  readonly secretFile?: string;
  readonly privateKey?: string;
  readonly keyId?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly credential?: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly json?: boolean;
}

/** Gets an access token as a client would. Prints the token alone, for `TOKEN=$(mortise token …)`. */
export const register: Register = (parent, context) => {
  const command = parent
    .command('token')
    .description('get an access token as a client')
    .requiredOption('--client-id <id>', 'the client')
    .option('--secret-file <file>', 'file with its secret; - for stdin')
    .option('--private-key <file>', 'PEM of its private key (private_key_jwt)')
    .option('--key-id <kid>', 'kid of the assertion')
    .option(
      '--credential <file>',
      'PEM with key and certificates, or a folder with key.pem and cert.pem (binds the token)',
    )
    .option('--cert <file>', 'PEM of its certificates, leaf first (binds the token)')
    .option('--key <file>', "PEM of the certificate's key")
    .option('--token-endpoint-auth-method <method>', 'how it proves itself (default: by what is given)')
    .option('--scope <scopes>', "scopes to ask for: 'a b'")
    .option('--resource <url>', 'the resource to ask a token for')
    .option('--json', 'print the whole answer');
  serverOptions(command).action(() => run(command.opts<TokenFlags>(), context));
};

async function run(flags: TokenFlags, context: CommandContext): Promise<void> {
  const location = locateServer(flags, context.environment);
  const certificate = certificateOf(flags);
  const authentication = authenticationOf(flags, certificate !== undefined);
  const { createClient } = await import('@mortise/client');
  const options: ClientOptions = {
    issuer: location.url,
    clientId: flags.clientId,
    authentication,
    certificate,
    anchors: location.anchors,
    scope: flags.scope,
    resource: flags.resource,
  };
  let client: MortiseClient | undefined;
  try {
    client = createClient(options);
    if (location.mtlsUrl === undefined) {
      const { issuer } = await readServerUrls(client, location.url);
      if (issuer !== location.url) {
        await client.close();
        client = createClient({ ...options, issuer });
      }
    }
    const token = await client.token();
    const document = {
      access_token: token.accessToken,
      token_type: 'Bearer',
      expires_in: Math.max(0, Math.floor((token.expiresAt - context.now()) / 1000)),
      ...(token.scope === undefined ? {} : { scope: token.scope }),
    };
    show(context, flags.json, document, () => token.accessToken);
  } catch (error) {
    throw asCommandFailure(error);
  } finally {
    await client?.close();
  }
}

function certificateOf(flags: TokenFlags): { key: string; cert: string } | undefined {
  if (flags.credential !== undefined) return readCredential(flags.credential);
  if (flags.cert === undefined && flags.key === undefined) return undefined;
  if (flags.cert === undefined || flags.key === undefined) throw wrongUse('--cert and --key go together');
  return { cert: readText(flags.cert), key: readText(flags.key) };
}

function authenticationOf(flags: TokenFlags, hasCertificate: boolean): ClientAuthentication {
  const method = flags.tokenEndpointAuthMethod ?? methodByWhatIsGiven(flags, hasCertificate);
  switch (method) {
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'client_secret_jwt':
      if (flags.secretFile === undefined) throw wrongUse(`${method} needs --secret-file FILE`);
      return {
        method,
        clientSecret: readText(flags.secretFile === '-' ? '/dev/stdin' : flags.secretFile).trim(),
      };
    case 'private_key_jwt':
      if (flags.privateKey === undefined) throw wrongUse('private_key_jwt needs --private-key FILE');
      return { method, key: readText(flags.privateKey), keyId: flags.keyId };
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      if (!hasCertificate) throw wrongUse(`${method} needs --cert FILE and --key FILE`);
      return { method };
    default:
      throw wrongUse(`--token-endpoint-auth-method: ${method} is no method`);
  }
}

function methodByWhatIsGiven(flags: TokenFlags, hasCertificate: boolean): string {
  if (flags.secretFile !== undefined) return 'client_secret_basic';
  if (flags.privateKey !== undefined) return 'private_key_jwt';
  if (hasCertificate) return 'tls_client_auth';
  throw wrongUse('say how the client proves itself: --secret-file, --private-key, or --cert with --key');
}
