import { type Command, Option } from 'commander';
import { collect, wholeNumber } from '../context.ts';
import type { ResourceDocument } from '../documents.ts';
import { facts } from '../output/table.ts';

export interface ResourceFlags {
  readonly resourceName?: string;
  readonly scope?: string;
  readonly signingAlgorithm?: string;
  readonly accessTokenLifetimeSeconds?: number;
  readonly resourceServer?: string[];
}

export function addResourceFlags(command: Command): Command {
  return command
    .option('--resource-name <text>', 'name for people')
    .option('--scope <scopes>', "the scopes it knows: 'a b'")
    .addOption(
      new Option('--signing-algorithm <alg>', 'of its tokens; ES256 unless said').choices([
        'ES256',
        'EdDSA',
        'RS256',
        'PS256',
      ]),
    )
    .option(
      '--access-token-lifetime-seconds <seconds>',
      'lifetime of tokens for it',
      wholeNumber('--access-token-lifetime-seconds'),
    )
    .option(
      '--resource-server <client-id>',
      'a client that may introspect its tokens and follow its denylist; repeatable',
      collect,
    );
}

export function resourceBody(flags: ResourceFlags): Record<string, unknown> {
  return {
    ...(flags.resourceName === undefined ? {} : { resource_name: flags.resourceName }),
    ...(flags.scope === undefined
      ? {}
      : { scopes_supported: flags.scope.split(' ').filter((scope) => scope !== '') }),
    ...(flags.signingAlgorithm === undefined ? {} : { signing_algorithm: flags.signingAlgorithm }),
    ...(flags.accessTokenLifetimeSeconds === undefined
      ? {}
      : { access_token_lifetime_seconds: flags.accessTokenLifetimeSeconds }),
    ...(flags.resourceServer === undefined ? {} : { resource_servers: flags.resourceServer }),
  };
}

export function describeResource(resource: ResourceDocument): string {
  return facts([
    ['resource', resource.resource],
    ['name', resource.resource_name],
    ['scopes', resource.scopes_supported.join(' ')],
    ['signing algorithm', resource.signing_algorithm],
    ['resource servers', resource.resource_servers.join(' ')],
    ['token lifetime', lifetime(resource.access_token_lifetime_seconds)],
  ]);
}

function lifetime(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : `${seconds} s`;
}
