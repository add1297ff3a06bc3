import type { Command } from 'commander';
import type { Register } from './context.ts';
import { wrongUse } from './failure.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** Prints a completion script made from the very commands and flags that exist. */
export const register: Register = (parent, context) => {
  parent
    .command('completion')
    .description('print a completion script')
    .argument('<shell>', shells.join(', '))
    .addHelpText(
      'after',
      '\nbash: eval "$(mortise completion bash)"\nzsh:  eval "$(mortise completion zsh)"\nfish: mortise completion fish | source',
    )
    .action(async (shell: string) => {
      const lines = placesOf(parent, await import('./completion-values.ts'));
      if (shell === 'bash') context.stdout.write(bash(lines));
      else if (shell === 'zsh')
        context.stdout.write(`autoload -U +X bashcompinit && bashcompinit\n${bash(lines)}`);
      else if (shell === 'fish') context.stdout.write(fish(lines));
      else throw wrongUse(`completion is for ${shells.join(', ')}`);
    });
};

type KnownValues = Pick<typeof import('./completion-values.ts'), 'valuesOfFlag' | 'valuesOfArgument'>;

/** Every place on the command line, as the words before it, with what may follow. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
  readonly flags: readonly {
    readonly name: string;
    readonly takesValue: boolean;
    /** None where it takes anything. */
    readonly values: readonly string[];
  }[];
}

function placesOf(command: Command, known: KnownValues, path = ''): Place[] {
  const flags = command.options.flatMap(({ long, required, argChoices }) =>
    typeof long === 'string'
      ? [{ name: long, takesValue: required, values: argChoices ?? known.valuesOfFlag(path, long) ?? [] }]
      : [],
  );
  const words = [...command.commands.map((child) => child.name()), ...known.valuesOfArgument(path)];
  return [
    { path, words, flags },
    ...command.commands.flatMap((child) =>
      placesOf(child, known, path === '' ? child.name() : `${path} ${child.name()}`),
    ),
  ];
}

function bash(places: readonly Place[]): string {
  const words = places.map(
    ({ path, words, flags }) =>
      `      '${path}') offered='${[...words, ...flags.map(({ name }) => name)].join(' ')}'; break ;;`,
  );
  const values = places.flatMap(({ path, flags }) =>
    flags
      .filter(({ values }) => values.length > 0)
      .map(({ name, values }) => `    '${path} ${name}') offered='${values.join(' ')}' ;;`),
  );
  return `_mortise() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local typed='' place='' word offered='' index before=''
  # bash splits --flag=value at the sign, zsh does not.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev="\${COMP_WORDS[COMP_CWORD-2]}"
  elif [[ $cur == --*=* ]]; then
    prev="\${cur%%=*}" before="\${cur%%=*}=" cur="\${cur#*=}"
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    [[ $word == -* ]] && break
    (( index > 2 )) && break
    typed="\${typed:+$typed }$word"
  done
  for place in "$typed" "\${typed%% *}"; do
    case "$place" in
${words.join('\n')}
    esac
  done
  [[ $cur == -* ]] || case "$place $prev" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -P "$before" -W "$offered" -- "$cur"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -P "$before" -f -- "$cur"))
}
complete -F _mortise mortise
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words, flags }) => {
    const seen =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ');
    const line = (rest: string): string => `complete -c mortise -n '${seen}' ${rest}`;
    return [
      ...words.map((word) => line(`-f -a ${word}`)),
      ...flags.map(({ name, takesValue, values }) => {
        const option = `-l ${name.slice(2)}${takesValue ? ' -r' : ''}`;
        return line(values.length > 0 ? `${option} -f -a '${values.join(' ')}'` : option);
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}
