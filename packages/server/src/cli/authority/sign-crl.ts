import { writeFileSync } from 'node:fs';
import { type Register, show, wholeNumber } from '../context.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts } from '../output/table.ts';
import { asFailure, readGiven } from './root-files.ts';
import { type RootFlags, readRoot, rootOptions } from './root-given.ts';

interface SignCrlFlags extends RootFlags {
  readonly request: string;
  readonly out: string;
  readonly lifetimeSeconds?: number;
  readonly json?: boolean;
}

/** Asks no server: it runs where the root's key is. */
export const registerSignCrl: Register = (parent, context) => {
  rootOptions(
    parent.command('sign-crl').description("sign the CRL of a root with the root's key; needs no server"),
  )
    .requiredOption('--request <file>', 'what authority crl-request wrote')
    .requiredOption('--out <file>', 'where the CRL is written: DER if its name ends in .der, else PEM')
    .option(
      '--lifetime-seconds <seconds>',
      'how long it may be used, nextUpdate (default: 180 days, or until the end of the root)',
      wholeNumber('--lifetime-seconds'),
    )
    .option('--json', 'print JSON')
    .action(async (flags: SignCrlFlags) => {
      const { crlRequestDocument, readCrlRequest, readPrivateKey, signAuthorityCrl } = await import(
        '../../authority/index.ts'
      );
      const { root, keyPem, passphrase } = readRoot(flags, context);
      try {
        const request = readCrlRequest(readGiven('--request', flags.request));
        const rootKey = readPrivateKey(keyPem, passphrase);
        const crl = await signAuthorityCrl({
          request,
          root,
          rootKey,
          now: context.now(),
          ...(flags.lifetimeSeconds === undefined ? {} : { lifetimeSeconds: flags.lifetimeSeconds }),
        });
        writeFileSync(flags.out, flags.out.endsWith('.der') ? crl.der : crl.toPem());
        const { revoked } = crlRequestDocument(request);
        const document = {
          crl_number: request.crlNumber,
          this_update: Math.floor(crl.thisUpdate / 1000),
          next_update: Math.floor(crl.nextUpdate! / 1000),
          revoked,
          out: flags.out,
        };
        show(context, flags.json, document, () =>
          facts([
            ['by', root.subject.toString()],
            ['number', String(document.crl_number)],
            ['revoked', revokedText(revoked)],
            ['next update', relativeTime(crl.nextUpdate!, context.now())],
            ['written', flags.out],
          ]),
        );
      } catch (error) {
        throw asFailure(error);
      }
    });
};

/** One line for each, so that whoever signs sees what. */
export function revokedText(
  revoked: readonly { readonly serial_number: string; readonly reason: string; readonly subject?: string }[],
): string {
  if (revoked.length === 0) return 'nothing';
  return revoked
    .map(({ serial_number, reason, subject }) => [serial_number, reason, subject ?? ''].join(' ').trimEnd())
    .join('\n');
}
