import { quote } from '../../internal/quote.ts';
import type { ResourceChange } from '../../preview/model/changes.ts';
import type { Printed } from './format.ts';

/** Formats changes of composed resources. */
export function printedChanges(changes: readonly ResourceChange[]): Printed {
  const rows = changes.flatMap(({ action, kind, composedName, fields, note = '' }) => [
    [action, kind, composedName, note],
    ...fields.map((field) => ['', '', '', changeOf(field)]),
  ]);
  return {
    value: changes.filter(isChange),
    table: [['ACTION', 'KIND', 'NAME', 'DETAILS'], ...rows],
    text: textOf(changes),
  };
}

/** True unless the resource is unchanged. */
export function isChange({ action }: ResourceChange): boolean {
  return action !== 'keep';
}

function textOf(changes: readonly ResourceChange[]): string {
  const lines = changes
    .filter(isChange)
    .flatMap(({ action, kind, composedName, fields, note }) => [
      `${action} ${kind} ${composedName}${note === undefined ? '' : ` (${note})`}`,
      ...fields.map((field) => `  ${changeOf(field)}`),
    ]);
  const kept = changes.length - changes.filter(isChange).length;
  return [...lines, `${changes.length - kept} to change, ${kept} unchanged`].map((line) => `${line}\n`).join('');
}

function changeOf({ path, from, to, immutable }: ResourceChange['fields'][number]): string {
  const warning = immutable ? ' (cannot change once it exists)' : '';
  return `${path}: ${quote(from)} -> ${quote(to)}${warning}`;
}
