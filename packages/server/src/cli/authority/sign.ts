import { writeFileSync } from 'node:fs';
import { CertificateRequest } from '@mortise/x509';
import { type Register, show, wholeNumber } from '../context.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts } from '../output/table.ts';
import { asFailure, readParsed } from './root-files.ts';
import { type RootFlags, readRoot, rootOptions } from './root-given.ts';

interface SignFlags extends RootFlags {
  readonly request: string;
  readonly out: string;
  readonly lifetimeSeconds?: number;
  readonly json?: boolean;
}

/** Asks no server: it runs where the root's key is. */
export const registerSign: Register = (parent, context) => {
  rootOptions(
    parent
      .command('sign')
      .description("sign the request of an intermediate with a root's key; needs no server"),
  )
    .requiredOption('--request <file>', 'the request, PEM')
    .requiredOption('--out <file>', 'where the certificate is written, PEM')
    .option(
      '--lifetime-seconds <seconds>',
      'lifetime (default: five years, or that of the root)',
      wholeNumber('--lifetime-seconds'),
    )
    .option('--json', 'print JSON')
    .action(async (flags: SignFlags) => {
      const { readPrivateKey, signAuthorityRequest } = await import('../../authority/index.ts');
      const { root, keyPem, passphrase } = readRoot(flags, context);
      const request = readParsed('--request', flags.request, 'certificate request (PKCS #10, PEM)', (text) =>
        CertificateRequest.parse(text),
      );
      try {
        const rootKey = readPrivateKey(keyPem, passphrase);
        const certificate = await signAuthorityRequest({
          request,
          root,
          rootKey,
          now: context.now(),
          ...(flags.lifetimeSeconds === undefined ? {} : { lifetimeSeconds: flags.lifetimeSeconds }),
        });
        writeFileSync(flags.out, certificate.toPem());
        const constraints = certificate.nameConstraints;
        const document = {
          subject: certificate.subject.toString(),
          fingerprint256: certificate.fingerprint256,
          not_after: Math.floor(certificate.notAfter / 1000),
          out: flags.out,
        };
        show(context, flags.json, document, () =>
          facts([
            ['signed', document.subject],
            ['by', root.subject.toString()],
            ['fingerprint', document.fingerprint256],
            ['permitted names', constraints?.permitted.map(({ base }) => baseText(base)).join(' ')],
            ['excluded names', constraints?.excluded.map(({ base }) => baseText(base)).join(' ')],
            ['expires', relativeTime(certificate.notAfter, context.now())],
            ['written', flags.out],
          ]),
        );
      } catch (error) {
        throw asFailure(error);
      }
    });
};

function baseText(base: { readonly type: string; readonly value?: unknown }): string {
  return `${base.type}:${typeof base.value === 'string' ? base.value : ''}`;
}
