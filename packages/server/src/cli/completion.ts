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
    .action((shell: string) => {
      const lines = wordsOf(parent);
      if (shell === 'bash') context.stdout.write(bash(lines));
      else if (shell === 'zsh')
        context.stdout.write(`autoload -U +X bashcompinit && bashcompinit\n${bash(lines)}`);
      else if (shell === 'fish') context.stdout.write(fish(lines));
      else throw wrongUse(`completion is for ${shells.join(', ')}`);
    });
};

/** Every place on the command line, as the words before it, with what may follow. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
}

function wordsOf(command: Command, path = ''): Place[] {
  const own = [
    ...command.commands.map((child) => child.name()),
    ...command.options
      .map((option) => option.long)
      .filter((long): long is string => typeof long === 'string'),
  ];
  return [
    { path, words: own },
    ...command.commands.flatMap((child) =>
      wordsOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
    ),
  ];
}

function bash(places: readonly Place[]): string {
  const cases = places.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`);
  return `_mortise() {
  local path='' word words='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    [[ $word == -* ]] && break
    (( index > 2 )) && break
    path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
    *) case "\${path%% *}" in
${cases.map((line) => `    ${line}`).join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _mortise mortise
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) => {
    const seen =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ');
    return words.map((word) =>
      word.startsWith('--')
        ? `complete -c mortise -n '${seen}' -l ${word.slice(2)}`
        : `complete -c mortise -n '${seen}' -f -a ${word}`,
    );
  });
  return `${lines.join('\n')}\n`;
}
