import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type CommandContext, collect, type Register, show } from '../context.ts';
import { questionOf, readPassphrase, type VerifyFlags } from './question.ts';
import { parseHost } from './subject-of-verification.ts';
import { verificationDocument } from './verification-document.ts';
import { verificationText } from './verification-text.ts';
import { verifyFile } from './verify-file.ts';
import { verifyServer } from './verify-server.ts';

/** Validates certificates of a file or a server and explains what it finds. Needs no running server of ours. Status 1: not valid. */
export const register: Register = (parent, context) => {
  const command = parent
    .command('verify')
    .description('validate the certificates of a file or of a server, and explain what is found')
    .argument('<what>', 'FILE (PEM, DER, PKCS #7, PKCS #12, JKS; - for stdin) or HOST:PORT of a TLS server');
  options(command)
    .addHelpText(
      'after',
      `
Status: 0 valid, 1 not valid, 2 wrong use, unreadable or unreachable. Nothing is fetched from URLs inside certificates.

  mortise verify example.com:443
  mortise verify --anchor root.pem --name api.example.com --at 2027-01-31 [::1]:8443
  mortise verify --anchor root.pem --purpose clientAuth --crl root.crl --revocation require client.pem`,
    )
    .action((what: string) => run(what, command.opts<VerifyFlags>(), context));
};

function options(command: Command): Command {
  return command
    .option(
      '--anchor <file>',
      'certificates to trust, of any of these formats; repeatable (default: the roots that come with Node.js)',
      collect,
    )
    .option('--data <dir>', 'trust the root of the Mortise server in this data directory')
    .option(
      '--purpose <purpose>',
      'serverAuth, clientAuth or an object identifier (default: serverAuth for a server, any for a file)',
    )
    .option('--name <name>', 'name that the certificate must hold (default: the host, for a server)')
    .option(
      '--at <date>',
      'moment to validate for, such as 2027-01-31 or 2027-01-31T12:00:00Z (default: now)',
    )
    .option(
      '--policy <policy>',
      'rules beyond the path itself: rfc5280, or webpki for public TLS (default: none)',
    )
    .option('--crl <file>', 'CRL, PEM or DER; repeatable', collect)
    .option('--ocsp <file>', 'OCSP response, DER; repeatable', collect)
    .option(
      '--revocation <mode>',
      'available: revoked fails; require: what is not known to be good fails, too (default: available)',
    )
    .option('--passphrase-file <file>', 'file with the passphrase of a key store')
    .option('--json', 'print JSON');
}

async function run(what: string, flags: VerifyFlags, context: CommandContext): Promise<void> {
  const host = what !== '-' && !existsSync(what) ? parseHost(what) : undefined;
  const question = await questionOf(flags, host, context.now());
  const verification =
    host === undefined
      ? await verifyFile(what, readPassphrase(flags), question)
      : await verifyServer(host, question);
  if (verification.verified.some(({ result }) => !result.valid)) context.exitStatus = 1;
  show(context, flags.json, verificationDocument(verification), () => verificationText(verification));
}
