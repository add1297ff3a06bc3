/**
 * The process that loads the PKCS #11 module: what a vendor's library does wrong, it does wrong here, where neither the
 * master key nor any other key is in memory. It ends with the channel to its parent.
 */
import { Pkcs11Error } from './pkcs11-error.ts';
import type { TokenAnswer, TokenMessage } from './protocol.ts';
import { Tokens } from './tokens.ts';

let tokens: Tokens | undefined;

process.on('message', (message: TokenMessage) => {
  answer(message);
});
process.on('disconnect', () => process.exit(0));

function answer({ number, module, pin, request }: TokenMessage): void {
  try {
    tokens ??= new Tokens(module);
    const value = tokens.do(request, pin);
    send({ number, ...(value === undefined ? {} : { value }) });
  } catch (error) {
    // What is not expected may hold what it was given, so that only its kind is told.
    const { code, message } =
      error instanceof Pkcs11Error
        ? error
        : {
            code: 'token_failed' as const,
            message: `${error instanceof Error ? error.name : typeof error} in the module's process`,
          };
    send({ number, error: { code, message } });
  }
}

function send(message: TokenAnswer): void {
  process.send?.(message);
}
