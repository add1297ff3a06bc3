/** What the quickstart works with: a server, a resource, two clients, their certificates, and the API that they call. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mortise, startUntilFirstLine, stopProcess } from './mortise.ts';
import type { ClientCertificate } from './requests.ts';

export const resource = 'https://payments.example';
export const scopes = 'payments:read payments:write';

const apiProgram = fileURLToPath(new URL('../protected-api/main.ts', import.meta.url));

export class Household {
  readonly folder: string;
  readonly mortise: Mortise;
  readonly partnerSecret: string;
  readonly apiUrl: string;
  readonly #api: ChildProcess;

  private constructor(
    folder: string,
    mortise: Mortise,
    partnerSecret: string,
    api: ChildProcess,
    apiUrl: string,
  ) {
    this.folder = folder;
    this.mortise = mortise;
    this.partnerSecret = partnerSecret;
    this.#api = api;
    this.apiUrl = apiUrl;
  }

  /** Makes everything in `folder`; `tell` hears each command as a reader would type it. */
  static async open(folder: string, tell: (line: string) => void): Promise<Household> {
    // Where commands look by themselves, so that what is told works as it stands.
    const data = join(folder, 'mortise-data');
    tell('mortise serve');
    const mortise = await Mortise.start(data);
    const inFolder = (word: string): string => (word.startsWith('./') ? join(folder, word.slice(2)) : word);
    const tellCommand = (command: string[]): void =>
      tell(`mortise ${command.map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')}`);
    const run = (...command: string[]): Promise<Record<string, unknown>> => {
      tellCommand(command);
      return mortise.administer(...command.map(inFolder));
    };
    /** Registers a client, and keeps the answer with its one-use key for `enrol`. */
    const create = async (id: string, ...flags: string[]): Promise<Record<string, unknown>> => {
      const command = ['client', 'create', id, ...flags, '--enrol'];
      tellCommand([...command, '--json', '>', `${id}.json`]);
      const created = await mortise.administer(...command);
      writeFileSync(join(folder, `${id}.json`), JSON.stringify(created), { mode: 0o600 });
      return created;
    };
    /** Gets the client's certificate by ACME, as a service in any language would. */
    const enrol = async (id: string): Promise<void> => {
      const command = ['agent', '--enrolment', `./${id}.json`, '--out', `./${id}`, '--once'];
      tellCommand(command);
      await mortise.run(...command.map(inFolder));
    };
    try {
      await create('payments-api', '--token-endpoint-auth-method', 'tls_client_auth');
      await run('resource', 'create', resource, '--scope', scopes, '--resource-server', 'payments-api');
      const partner = await create('partner', '--scope', scopes, '--resource', resource);
      await create(
        ...['billing', '--token-endpoint-auth-method', 'tls_client_auth'],
        ...['--scope', scopes, '--resource', resource],
        '--tls-client-certificate-bound-access-tokens',
      );
      for (const client of ['partner', 'billing', 'payments-api']) await enrol(client);
      await run(
        'certificate',
        'issue',
        '--profile',
        'server',
        '--name',
        'localhost',
        '--out',
        './payments-server',
      );
      const { child, url } = await startApi(folder, mortise);
      return new Household(folder, mortise, String(partner['client_secret']), child, url);
    } catch (error) {
      await mortise.stop();
      throw error;
    }
  }

  certificateOf(client: 'partner' | 'billing'): ClientCertificate {
    return { key: this.#read(client, 'key.pem'), certificate: this.#read(client, 'cert.pem') };
  }

  get administrator(): ClientCertificate {
    return {
      key: this.#read('mortise-data/admin', 'key.pem'),
      certificate: this.#read('mortise-data/admin', 'cert.pem'),
    };
  }

  get anchors(): string {
    return this.#read('billing', 'ca.pem');
  }

  async close(): Promise<void> {
    await stopProcess(this.#api);
    await this.mortise.stop();
  }

  #read(...path: string[]): string {
    return readFileSync(join(this.folder, ...path), 'utf8');
  }
}

async function startApi(folder: string, mortise: Mortise): Promise<{ child: ChildProcess; url: string }> {
  const pair = (name: string): object => ({
    key: join(folder, name, 'key.pem'),
    certificate: join(folder, name, 'cert.pem'),
  });
  const configurationFile = join(folder, 'protected-api.json');
  const configuration = {
    issuer: mortise.ready.issuer,
    mtlsUrl: mortise.ready.mtls,
    resource,
    anchors: join(folder, 'billing', 'ca.pem'),
    server: pair('payments-server'),
    node: pair('payments-api'),
  };
  writeFileSync(configurationFile, JSON.stringify(configuration, undefined, 2));
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'));
  const { child, line } = await startUntilFirstLine([...conditions, apiProgram, configurationFile]);
  return { child, url: (JSON.parse(line) as { url: string }).url };
}
