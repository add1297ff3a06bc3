import type { Command } from 'commander';
import { AdminApi } from './connection/admin-api.ts';
import { findTarget, type TargetFlags, targetOptions } from './connection/target.ts';
import { type CommandContext, show } from './context.ts';

type AdminScope = 'mortise:read' | 'mortise:admin';

/** What the action of an administering command gets. */
export interface AdminAction<Flags> {
  readonly api: AdminApi;
  readonly flags: Flags & TargetFlags;
  readonly args: readonly string[];
  readonly context: CommandContext;
  /** Prints the document with `--json`, the text without. */
  print(document: unknown, text: () => string): void;
}

/** A command that asks the admin API: takes the flags that find the server, and a token of the least scope. */
export function adminCommand<Flags = object>(
  parent: Command,
  context: CommandContext,
  definition: {
    /** As commander takes it: `create <client-id>`. */
    readonly usage: string;
    readonly description: string;
    /** Where it hangs on what is asked for: told from the flags and arguments. */
    readonly scope: AdminScope | ((flags: Flags, args: readonly string[]) => AdminScope);
    readonly options?: (command: Command) => Command;
    readonly run: (action: AdminAction<Flags>) => Promise<void>;
  },
): void {
  const command = parent.command(definition.usage).description(definition.description);
  definition.options?.(command);
  targetOptions(command).action(async (...received: unknown[]) => {
    const flags = command.opts<Flags & TargetFlags>();
    const args = received.filter((value): value is string => typeof value === 'string');
    const { scope } = definition;
    const api = new AdminApi(
      findTarget(flags, context.environment),
      typeof scope === 'function' ? scope(flags, args) : scope,
    );
    try {
      await definition.run({
        api,
        flags,
        args,
        context,
        print: (document, text) => show(context, flags.json, document, text),
      });
    } finally {
      await api.close();
    }
  });
}
