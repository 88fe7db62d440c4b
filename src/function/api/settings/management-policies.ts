import * as z from 'zod/mini';
import { listOf } from '../checks.ts';

const ACTIONS = ['Observe', 'Create', 'Update', 'LateInitialize', 'Delete'] as const;

/** The management policies of a resource that must never be deleted from AWS. */
export const WITHOUT_DELETE = ['Observe', 'Create', 'Update', 'LateInitialize'] as const;

// defaultSupportedManagementPolicies in pkg/reconciler/managed/policies.go of crossplane-runtime v2.3.3, by their initials: a provider
// reports any other set as an error.
const SUPPORTED = ['*', 'OCULD', 'O', '', 'OCUD', 'OCUL', 'OCU', 'OCLD', 'OCL', 'OCD', 'OC', 'OD', 'OU', 'OL', 'OUL'];

/** The actions that the provider may take on the repository in AWS. */
export const managementPolicies = listOf(z.enum([...ACTIONS, '*']), ACTIONS.length).check(
  z.refine((actions) => SUPPORTED.includes(initials(actions)), {
    error: `must be one of the sets that providers support: ${SUPPORTED.map(spelledOut).join(', ')}`,
  }),
  z.describe(
    'Actions that the provider may take on the repositories in AWS, for repositories that are managed elsewhere. Without Delete, deletion is Retain.',
  ),
);

/** True when resources with these management policies are deleted from AWS together with their managed resource. */
export function mayDelete(actions: readonly string[]): boolean {
  return actions.includes('*') || actions.includes('Delete');
}

/** True for the management policies that resources have by default. */
export function isAnyAction(actions: readonly string[]): boolean {
  return initials(actions) === '*';
}

/** Removes the right to delete from management policies. */
export function withoutDelete(actions: readonly string[]): string[] {
  const all: readonly string[] = actions.includes('*') ? ACTIONS : actions;
  return all.filter((action) => action !== 'Delete');
}

function initials(actions: readonly string[]): string {
  if (actions.includes('*')) return actions.every((action) => action === '*') ? '*' : 'mixed';
  return ACTIONS.filter((action) => actions.includes(action))
    .map((action) => action[0])
    .join('');
}

function spelledOut(letters: string): string {
  const words = [...letters].map((letter) => ACTIONS.find((action) => action[0] === letter) ?? letter);
  return `[${words.join(', ')}]`;
}
