import { CommandFailure } from '../failure.ts';

/** What `@mortise/client` throws, as a command ends with it. Told apart by name, so that the library is loaded only where it is used. */
export function asCommandFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = '', description } = error as { code?: string; description?: string };
  if (error.name === 'OAuthError') {
    const why = description === undefined ? '' : `: ${description}`;
    return new CommandFailure(1, code, `refused (${code})${why}`);
  }
  if (error.name === 'AcmeError') return new CommandFailure(1, code, error.message);
  if (error.name !== 'ClientError') return error;
  if (refusedToConnect(error)) {
    return new CommandFailure(
      2,
      code,
      `${error.message}; is the server running? Start it with "mortise serve"`,
    );
  }
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new CommandFailure(2, code, `${error.message}${cause}`);
}

function refusedToConnect(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, errors } = cause as { code?: string; errors?: { code?: string }[] };
    if (code === 'ECONNREFUSED' || errors?.some((one) => one.code === 'ECONNREFUSED') === true) return true;
  }
  return false;
}
