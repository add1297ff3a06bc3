import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { PathValidation, PeerName, ValidatePathOptions } from '@mortise/x509';
import { type CommandContext, collect, type Register, show } from './context.ts';
import { wrongUse } from './failure.ts';

interface VerifyFlags {
  readonly ca?: string[];
  readonly data?: string;
  readonly certificates?: string[];
  readonly purpose?: string;
  readonly name?: string;
  readonly at?: string;
  readonly policy?: string;
  readonly crl?: string[];
  readonly ocsp?: string[];
  readonly requireRevocation?: boolean;
  readonly json?: boolean;
}

/** Validates a certificate's path (RFC 5280 §6) and says why it is refused. Status 1: not valid. */
export const register: Register = (parent, context) => {
  const command = parent
    .command('verify')
    .description('validate the path of a certificate; status 1 when it is not valid')
    .argument('<file>', 'the certificate, PEM or DER; what follows it in the file is used to build the path')
    .option(
      '--ca <file>',
      'trust anchors, PEM or DER; repeatable (default: the root of the server in --data)',
      collect,
    )
    .option('--data <dir>', 'data directory of a server (default: MORTISE_DATA or ./mortise-data)')
    .option('--certificates <file>', 'certificates to build the path with; repeatable', collect)
    .option('--purpose <purpose>', 'serverAuth, clientAuth, … or an object identifier')
    .option('--name <name>', 'name of the server: a host or an address')
    .option('--at <time>', 'time to validate for, such as 2027-01-31T12:00:00Z (default: now)')
    .option('--policy <policy>', 'rfc5280 or webpki')
    .option('--crl <file>', 'CRL, PEM or DER; repeatable', collect)
    .option('--ocsp <file>', 'OCSP response, DER; repeatable', collect)
    .option('--require-revocation', 'what is not known to be good fails')
    .option('--json', 'print JSON');
  command.action(async (file: string) => {
    const flags = command.opts<VerifyFlags>();
    const options = validationOptions(file, flags, context);
    const { explainPath, validatePath, X509Error } = await import('@mortise/x509');
    let result: PathValidation;
    try {
      result = await validatePath(options);
    } catch (error) {
      if (error instanceof X509Error || error instanceof TypeError) throw wrongUse(error.message);
      throw error;
    }
    if (!result.valid) context.exitStatus = 1;
    show(context, flags.json, resultDocument(result), () => explainPath(result, { at: options.at }));
  });
};

function validationOptions(file: string, flags: VerifyFlags, context: CommandContext): ValidatePathOptions {
  const leaf = readBytes(file);
  const at = flags.at === undefined ? context.now() : Date.parse(flags.at);
  if (Number.isNaN(at)) throw wrongUse('--at must be a time such as 2027-01-31T12:00:00Z');
  const { policy } = flags;
  if (policy !== undefined && policy !== 'rfc5280' && policy !== 'webpki') {
    throw wrongUse('--policy must be rfc5280 or webpki');
  }
  const data = flags.data ?? context.environment['MORTISE_DATA'] ?? './mortise-data';
  return {
    leaf,
    certificates: [leaf, ...(flags.certificates ?? []).map(readBytes)],
    anchors: (flags.ca ?? [join(data, 'admin', 'ca.pem')]).map(readBytes),
    at,
    purpose: flags.purpose,
    name: flags.name === undefined ? undefined : peerName(flags.name),
    policy,
    crls: (flags.crl ?? []).map(readBytes),
    ocspResponses: (flags.ocsp ?? []).map(readBytes),
    revocation: flags.requireRevocation === true ? 'require' : 'available',
  };
}

function peerName(value: string): PeerName {
  return { type: isIP(value.replace(/^\[|\]$/g, '')) === 0 ? 'dns' : 'ip', value };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw wrongUse(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function resultDocument(result: PathValidation): object {
  if (result.valid) {
    return {
      valid: true,
      path: result.path.map(({ subject, fingerprint256 }) => ({
        subject: subject.toString(),
        fingerprint256,
      })),
      valid_until: Math.floor(result.validUntil / 1000),
      revocation: result.revocation.map(({ certificate, status }) => ({
        fingerprint256: certificate.fingerprint256,
        status: status.status,
      })),
    };
  }
  return {
    valid: false,
    failures: result.failures.map(({ code, certificate, depth, rule, message, values }) => ({
      code,
      depth,
      rule,
      message,
      values,
      fingerprint256: certificate?.fingerprint256,
    })),
  };
}
