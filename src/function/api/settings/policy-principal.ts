import { quote } from '../../../internal/quote.ts';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
const ACCOUNT = /^\d{12}$/;
const ARN =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|(?:role|user)\/[\w+=,.@/-]+)|sts::\d{12}:(?:assumed-role\/[\w+=,.@-]+|federated-user)\/[\w+=,.@-]+)$/;
/** The ID that AWS returns instead of the ARN of a deleted role or user. */
const UNIQUE_ID = /^A[A-Z0-9]{15,127}$/;
const SERVICE = /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/;

/** Returns the problem of a principal of the kind AWS, or undefined. */
export function awsPrincipalProblem(principal: string): string | undefined {
  if (principal === '*' || [ACCOUNT, ARN, UNIQUE_ID].some((form) => form.test(principal))) return undefined;
  if (/[*?]/.test(principal)) {
    return `must have no wildcard, not ${quote(principal)}: use "*" with a condition on aws:PrincipalArn`;
  }
  if (SERVICE.test(principal)) return `must be in Service, since ${quote(principal)} is a service`;
  return `must be "*", an account such as "111122223333", or the ARN of an account's root, a role, a user or a session, not ${quote(principal)}`;
}

/** Returns the problem of a principal of the kind Service, or undefined. Each partition has its own domains. */
export function servicePrincipalProblem(principal: string): string | undefined {
  if (principal === '*' || /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(principal)) return undefined;
  return `must be the name of a service such as lambda.amazonaws.com, not ${quote(principal)}`;
}
