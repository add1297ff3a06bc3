import type { Register } from '../context.ts';

const explained = `
The first certificate needs where to get it and whom to trust:

  mortise client create billing … --enrol --json > enrolment.json       (on the server, or with --server)
  mortise agent --enrolment enrolment.json --out billing --reload 'systemctl reload billing'

or the same, said by flags: --directory, --identifier, --eab-kid, --eab-hmac-key-file and --ca-fingerprint or --ca. The
folder remembers all of it, so that later starts need --out alone. The key of an enrolment works once; MORTISE_EAB_HMAC_KEY
may hold it instead of a file.

In the folder, key.pem, cert.pem (leaf first), ca.pem and combined.pem (key, then certificates) are links through the link
"current", which is moved in one step: open "current" once, or read combined.pem alone, and key and certificate belong
together. --reload runs by /bin/sh after each change, with MORTISE_CERTIFICATE_DIR, MORTISE_CERTIFICATE_FINGERPRINT and
MORTISE_CERTIFICATE_NOT_AFTER in its environment.

With --once it enrols, or renews if that is due, and ends: 0 done or nothing to do, 1 no new certificate, 2 wrong use.`;

export const register: Register = (parent, context) => {
  const command = parent
    .command('agent')
    .description('get a certificate by enrolment, keep it renewed on disk, and have its service reload it')
    .option('--out <dir>', 'folder for the certificate, its key and the account')
    .option(
      '--enrolment <file>',
      'what "client create --enrol --json" or "client enrol --json" printed; - for stdin',
    )
    .option('--directory <url>', 'ACME directory of the profile, instead of --enrolment')
    .option('--identifier <name>', 'DNS name to order, with --directory')
    .option('--eab-kid <kid>', 'id of the one-use key, with --directory')
    .option(
      '--eab-hmac-key-file <file>',
      'file with the one-use key (base64url), with --directory; - for stdin',
    )
    .option('--ca-fingerprint <sha256>', "SHA-256 of the server's root certificate")
    .option('--ca <file>', "the server's root certificate, instead of its fingerprint")
    .option('--reload <command>', 'run by /bin/sh after each change')
    .option('--reload-timeout-seconds <seconds>', 'after which the command is ended (1 to 3600; default: 60)')
    .option('--listen-health <host:port>', 'answer GET /healthz there, by plain HTTP')
    .option('--once', 'enrol, or renew if that is due, and end')
    .option('--config <file>', 'YAML with the same names: directory, eab_kid, …')
    .option('--log-level <level>', 'debug, info, warn or error (default: info)')
    .addHelpText('after', explained);
  command.action(async () => {
    const { runAgent } = await import('./run-agent.ts');
    await runAgent(command.opts(), context);
  });
};
