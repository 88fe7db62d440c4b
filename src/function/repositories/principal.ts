import { quote } from '../../internal/quote.ts';

/** The principal of an entry in a policy, as far as it can be recognized from the entry. */
export type Who =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'unknown'; readonly shown: string };

const ACCOUNT = /^\d{12}$/;
const IAM_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):(?:root$|(?:role|user)\/[\w+=,.@/-]+$)/;
const STS_ARN = /^arn:aws[a-z-]*:sts::(\d{12}):(?:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+|federated-user\/[\w+=,.@-]+)$/;
const SERVICE = /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/;

/**
 * Recognizes a principal by its exact form, as in https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
 * Wildcards in ARNs, unique IDs (AIDA…, AROA…), federated and canonical users are unknown, since they do not contain an account that can be compared.
 */
export function principalOf(kind: string, text: string): Who {
  if (kind === 'Service' && SERVICE.test(text)) return { kind: 'service', service: text };
  if (kind === 'AWS') {
    if (text === '*') return { kind: 'everyone' };
    const account = ACCOUNT.test(text) ? text : (IAM_ARN.exec(text)?.[1] ?? STS_ARN.exec(text)?.[1]);
    if (account !== undefined) return { kind: 'account', account };
  }
  return { kind: 'unknown', shown: `${kind} ${quote(text)}` };
}
