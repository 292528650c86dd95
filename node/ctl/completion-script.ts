/** What a shell needs to complete paxosctl, made from the list of commands: one function with one case for each command. */
import type { OptionSpec } from '../src/command-line.ts';
import type { Command } from './command.ts';

export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

/** Values of options that are known beforehand. */
const VALUES: Readonly<Record<string, string>> = { output: 'text json', door: 'resp http' };
/** Options whose values are names of files or directories. */
const FILE_VALUES = new Set(['FILE', 'DIR']);

export function completionScript(
  shell: Shell,
  commands: readonly Command[],
  common: readonly OptionSpec[],
): string {
  const body = bashFunction(commands, common);
  // zsh runs functions written for bash, once it is told to.
  return shell === 'bash' ? body : `autoload -U +X bashcompinit && bashcompinit\n${body}`;
}

function bashFunction(commands: readonly Command[], common: readonly OptionSpec[]): string {
  const firstWords = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
  const families = firstWords.filter((word) => commands.some(({ name }) => name.startsWith(`${word} `)));
  const familyCases = families.map((family) => {
    const words = commands
      .filter(({ name }) => name.startsWith(`${family} `))
      .map(({ name }) => name.split(' ')[1]);
    return `    ${family}) if [ "$COMP_CWORD" -eq 2 ]; then words="${words.join(' ')}"; fi ;;`;
  });
  const optionCases = commands.map(({ name, options }) => {
    const names = [...options, ...common].map((option) => `--${option.name}`);
    return `    "${name}") options="${names.join(' ')}" ;;`;
  });
  const fileOperands = commands.filter(({ operands }) => operands.some((operand) => operand.isFile === true));
  const specs = [...commands.flatMap(({ options }) => options), ...common];
  const fileOptions = [
    ...new Set(specs.filter(({ value }) => FILE_VALUES.has(value ?? '')).map(({ name }) => `--${name}`)),
  ];
  const valueCases = Object.entries(VALUES).map(
    ([name, values]) => `    --${name}) COMPREPLY=($(compgen -W "${values}" -- "$current")); return ;;`,
  );
  return `_paxosctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local first="\${COMP_WORDS[1]}" second="\${COMP_WORDS[2]-}" words="" options="" command
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${firstWords.join(' ')} --help" -- "$current")); return
  fi
  case "$previous" in
${valueCases.join('\n')}
    ${fileOptions.length === 0 ? '--none' : fileOptions.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$first" in
${families.length === 0 ? '    *) ;;' : familyCases.join('\n')}
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  command="$first"
  case "$first" in ${families.length === 0 ? '-' : families.join('|')}) command="$first $second" ;; esac
  case "$command" in
${optionCases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;;
  esac
  case "$command" in
    ${fileOperands.length === 0 ? '-' : fileOperands.map(({ name }) => `"${name}"`).join('|')}) COMPREPLY=($(compgen -f -- "$current")) ;;
    completion) COMPREPLY=($(compgen -W "${SHELLS.join(' ')}" -- "$current")) ;;
  esac
}
complete -F _paxosctl paxosctl
`;
}
