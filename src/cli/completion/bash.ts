import { type CompletedCommand, familyOf, functionName, shellQuote } from './model.ts';

/** Returns the completion script for bash 3.2 and later. Without a suggestion, bash completes file names. */
export function bashCompletion(program: string, root: CompletedCommand): string {
  const name = functionName(program, root);
  const commands = familyOf(root);
  const paths = commands.slice(1).map(({ path }) => shellQuote(pathText(path)));
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, values: found }) => {
      if (found === undefined) return [];
      const patterns = flags.map((flag) => shellQuote(`${pathText(path)} ${flag}`)).join(' | ');
      const words = typeof found === 'string' ? '' : found.join(' ');
      return [`    ${patterns}) words=${shellQuote(words)} isValue=1 ;;`];
    }),
  );
  const words = commands.map(({ path, options, commands: children, choices }) => {
    const flags = options.flatMap((option) => option.flags).join(' ');
    const names = [...children.map((child) => child.path.at(-1)), ...choices].join(' ');
    return `    ${shellQuote(pathText(path))}) flags=${shellQuote(flags)} commands=${shellQuote(names)} ;;`;
  });
  return `# bash completion for ${program}: source <(${program} completion bash)
${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local path='' words='' isValue='' flags='' commands='' i
  # bash takes the equals sign of --option=value for a word.
  if [[ $cur == = ]]; then cur=''
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
    ${paths.join(' | \\\n    ')}) path="$path \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${values.join('\n')}
  esac
  case "$path" in
${words.join('\n')}
  esac
  if [[ -z $isValue && $cur == -* ]]; then words=$flags
  elif [[ -z $isValue ]]; then words=$commands
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F ${name} ${program}
`;
}

function pathText(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join('');
}
