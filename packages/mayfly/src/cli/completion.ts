/** Completion scripts, made from the commands themselves so that they cannot fall behind. */
import type { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';

interface Node {
  /** Words after `mayfly`, joined by spaces; empty for the program itself. */
  readonly path: string;
  readonly words: readonly string[];
}

const WRITERS: Readonly<Record<string, (nodes: readonly Node[]) => string>> = { bash, zsh, fish };

/** @throws ConfigError for a shell we do not know */
export function completionScript(shell: string, program: Command): string {
  const write = WRITERS[shell];
  if (write === undefined) throw new ConfigError(`unknown shell "${shell}", must be bash, zsh or fish`);
  return write(collect(program, []));
}

function collect(command: Command, path: readonly string[]): Node[] {
  const flags = command.options.flatMap(({ long }) => (long ? [long] : []));
  const values = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const words = [...command.commands.map((child) => child.name()), ...values, ...flags, '--help'];
  const below = command.commands.flatMap((child) => collect(child, [...path, child.name()]));
  return [{ path: path.join(' '), words }, ...below];
}

function caseArms(nodes: readonly Node[], variable: string): string {
  return nodes.map(({ path, words }) => `    "${path}") ${variable}="${words.join(' ')}" ;;`).join('\n');
}

/** A pattern of every command: other words are values of flags or arguments, and lead no deeper. */
function commandPaths(nodes: readonly Node[]): string {
  return nodes.flatMap(({ path }) => (path === '' ? [] : [`"${path}"`])).join(' | ');
}

function bash(nodes: readonly Node[]): string {
  return `_mayfly() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${commandPaths(nodes)}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${caseArms(nodes, 'words')}
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o default -F _mayfly mayfly
`;
}

function zsh(nodes: readonly Node[]): string {
  return `#compdef mayfly
_mayfly() {
  local typed="" choices="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${typed:+$typed }$word" in ${commandPaths(nodes)}) typed="\${typed:+$typed }$word" ;; esac
  done
  case "$typed" in
${caseArms(nodes, 'choices')}
  esac
  compadd -- \${=choices}
}
compdef _mayfly mayfly
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words }) =>
    words.map((word) => `complete -c mayfly -n '__mayfly_at "${path}"' -a '${word}'`),
  );
  return `function __mayfly_at
  set -l path
  for word in (commandline -opc)[2..]
    set -l longer (string join ' ' $path $word)
    contains -- "$longer" ${nodes.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join(' ')}; and set -a path $word
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}
