import pino, { type Logger } from 'pino';

export type Log = Logger;

/** Members that may carry a credential, wherever they appear: never written. */
const redacted = [
  'client_secret',
  'clientSecret',
  'client_assertion',
  'access_token',
  'token',
  'authorization',
  'private_key',
  'keyPem',
  'passphrase',
  'password',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** JSON lines for machines; a line of words where a person watches. */
export function createLog(level: string, destination: NodeJS.WritableStream & { isTTY?: boolean }): Log {
  const stream =
    destination.isTTY === true
      ? { write: (line: string) => destination.write(forPerson(line)) }
      : destination;
  return pino(
    {
      level,
      base: null,
      redact: { paths: redacted, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: pino.stdSerializers.err },
    },
    stream,
  );
}

function forPerson(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const detail = Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const stack = (err as { stack?: string } | undefined)?.stack;
  const words = [clock, (levels[Number(level)] ?? '').padEnd(5), msg, detail].filter((part) => part !== '');
  return `${harmless(words.join(' '))}\n${stack === undefined ? '' : `${stack.split('\n').map(harmless).join('\n')}\n`}`;
}

/** Names and values come from strangers: none may steer a terminal or pretend to be another line. */
function harmless(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
