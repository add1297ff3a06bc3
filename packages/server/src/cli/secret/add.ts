import { adminCommand } from '../admin-command.ts';
import { type Register, wholeNumber } from '../context.ts';

interface NewSecretDocument {
  readonly credential_id: string;
  readonly client_secret: string;
  readonly client_secret_expires_at: number;
}

export const registerAdd: Register = (parent, context) => {
  adminCommand<{ lifetimeSeconds?: number }>(parent, context, {
    usage: 'add <client-id>',
    description: 'give a client one more secret; it is shown this once',
    scope: 'mortise:admin',
    options: (command) =>
      command.option(
        '--lifetime-seconds <seconds>',
        'how long it is valid (default: no end)',
        wholeNumber('--lifetime-seconds'),
      ),
    run: async ({ api, flags, args, print }) => {
      const id = args[0]!;
      const body = flags.lifetimeSeconds === undefined ? {} : { lifetime_seconds: flags.lifetimeSeconds };
      const secret = await api.post<NewSecretDocument>(`/clients/${encodeURIComponent(id)}/secrets`, body);
      print(
        secret,
        () =>
          `client_secret  ${secret.client_secret}\ncredential     ${secret.credential_id}\n\nKeep it now: it is shown this once. ` +
          `When the client uses it, end the former one: mortise secret list ${id}`,
      );
    },
  });
};
