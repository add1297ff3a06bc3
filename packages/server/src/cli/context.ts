import type { Command } from 'commander';
import { CommandFailure } from './failure.ts';

/** What a command may touch of the world. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly now: () => number;
  /** Set by a command that ends well but found something. */
  exitStatus: 0 | 1 | 2;
}

/** Adds the commands of one group, or one command, to its parent. */
export type Register = (parent: Command, context: CommandContext) => void;

/** Writes a document for a program, or its text for a person. */
export function show(
  context: CommandContext,
  json: boolean | undefined,
  document: unknown,
  text: () => string,
): void {
  context.stdout.write(json === true ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
}

/** A flag that takes whole numbers. */
export function wholeNumber(flag: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,15}$/.test(text)) throw new CommandFailure(2, 'wrong_use', `${flag} must be a whole number`);
    return Number(text);
  };
}

/** A flag that may be repeated. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
