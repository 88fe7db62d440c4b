import { type CompletedCommand, type CompletedOption, familyOf, functionName, shellQuote } from './model.ts';

/** Returns the completion script for zsh, to be sourced, or stored as `_PROGRAM` in a folder of `$fpath`. */
export function zshCompletion(program: string, root: CompletedCommand): string {
  const name = functionName(program, root);
  const functions = familyOf(root).map((command) => functionOf(program, command));
  return `#compdef ${program}
# zsh completion for ${program}: source <(${program} completion zsh), after compinit

${functions.join('\n')}
if [[ \${funcstack[1]} == _${program} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi
`;
}

function functionOf(program: string, command: CompletedCommand): string {
  const name = functionName(program, command);
  const options = command.options.map((option) => `    ${optionSpec(option)} \\\n`).join('');
  if (command.commands.length === 0) {
    const argument = command.choices.length > 0 ? `1:value:(${command.choices.join(' ')})` : '*:file:_files';
    return `${name}() {\n  _arguments -s \\\n${options}    '${argument}'\n}\n`;
  }
  const described = command.commands.map(
    ({ path, description }) => `        ${shellQuote(`${path.at(-1)}:${description}`)}`,
  );
  const calls = command.commands.map((child) => `        ${child.path.at(-1)}) ${functionName(program, child)} ;;`);
  return `${name}() {
  local line state
  _arguments -C \\
${options}    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${described.join('\n')}
      )
      _describe command commands ;;
    argument)
      case \${line[1]} in
${calls.join('\n')}
      esac ;;
  esac
}
`;
}

function optionSpec({ flags, description, values, isRepeatable }: CompletedOption): string {
  const does = `[${description.replaceAll(/[[\]\\:]/g, '\\$&')}]`;
  const value = values === undefined ? '' : `:value:${actionOf(values)}`;
  const spec = shellQuote(`${does}${value}`);
  const [only = '', ...others] = flags;
  if (others.length === 0) return `${isRepeatable ? "'*'" : ''}${only}${spec}`;
  return `${shellQuote(isRepeatable ? '*' : `(${flags.join(' ')})`)}{${flags.join(',')}}${spec}`;
}

function actionOf(values: NonNullable<CompletedOption['values']>): string {
  if (values === 'path') return '_files';
  return values === 'text' ? ' ' : `(${values.join(' ')})`;
}
