import { type Command, globalFlags } from './command.ts';

function flagWords(command: Command): string {
  return [...command.flags, ...globalFlags].map((flag) => `--${flag.name}`).join(' ');
}

/** The bash completion script: words of the first two places, then the command's flags and file names. */
export function bashCompletion(commands: readonly Command[]): string[] {
  const nouns = [...new Set(commands.map((command) => command.name.split(' ')[0] ?? ''))];
  const verbsOf = (noun: string) =>
    commands.flatMap((command) => {
      const [first, second] = command.name.split(' ');
      return first === noun && second !== undefined ? [second] : [];
    });
  return [
    '_imprint() {',
    `  local cur=\${COMP_WORDS[COMP_CWORD]} words=""`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${nouns.join(' ')}"`,
    '  elif [ "$COMP_CWORD" -eq 2 ] && [[ "$cur" != -* ]]; then',
    `    case "\${COMP_WORDS[1]}" in`,
    ...nouns.flatMap((noun) =>
      verbsOf(noun).length === 0 ? [] : [`      ${noun}) words="${verbsOf(noun).join(' ')}" ;;`],
    ),
    '    esac',
    '  elif [[ "$cur" == -* ]]; then',
    `    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in`,
    ...commands.map((command) => {
      const pattern = command.name.includes(' ') ? `"${command.name}"` : `"${command.name} "*`;
      return `      ${pattern}) words="${flagWords(command)}" ;;`;
    }),
    '    esac',
    '  fi',
    '  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi',
    '}',
    'complete -F _imprint imprint',
  ];
}
