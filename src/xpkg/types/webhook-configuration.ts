import { structTable } from '../struct-table.ts';

/** The structs of admissionregistration.k8s.io/v1, read from k8s.io/api v0.35.3, admissionregistration/v1/types.go. */
export const WEBHOOKS_V1 = structTable(`
MatchCondition:
  name string, expression string
MutatingWebhook:
  name string, clientConfig WebhookClientConfig, rules []RuleWithOperations?, failurePolicy *string?,
  matchPolicy *string?, namespaceSelector *LabelSelector?, objectSelector *LabelSelector?, sideEffects *string,
  timeoutSeconds *int32?, admissionReviewVersions []string, reinvocationPolicy *string?,
  matchConditions []MatchCondition?
MutatingWebhookConfiguration:
  kind string?, apiVersion string?, metadata ObjectMeta, webhooks []MutatingWebhook?
RuleWithOperations:
  operations []string?, apiGroups []string?, apiVersions []string?, resources []string?, scope *string?
ServiceReference:
  namespace string, name string, path *string?, port *int32?
ValidatingWebhook:
  name string, clientConfig WebhookClientConfig, rules []RuleWithOperations?, failurePolicy *string?,
  matchPolicy *string?, namespaceSelector *LabelSelector?, objectSelector *LabelSelector?, sideEffects *string,
  timeoutSeconds *int32?, admissionReviewVersions []string, matchConditions []MatchCondition?
ValidatingWebhookConfiguration:
  kind string?, apiVersion string?, metadata ObjectMeta, webhooks []ValidatingWebhook?
WebhookClientConfig:
  url *string?, service *ServiceReference?, caBundle bytes?
`);
