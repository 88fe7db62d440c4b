import { structTable } from '../struct-table.ts';

/** The structs that all kinds share, read from k8s.io/apimachinery v0.35.3, pkg/apis/meta/v1/types.go. */
export const KUBERNETES_META = structTable(`
LabelSelector:
  matchLabels {}string?, matchExpressions []LabelSelectorRequirement?
LabelSelectorRequirement:
  key string, operator string, values []string?
ManagedFieldsEntry:
  manager string?, operation string?, apiVersion string?, time *Time?, fieldsType string?, fieldsV1 *FieldsV1?,
  subresource string?
ObjectMeta:
  name string?, generateName string?, namespace string?, selfLink string?, uid string?, resourceVersion string?,
  generation int64?, creationTimestamp Time~, deletionTimestamp *Time?, deletionGracePeriodSeconds *int64?,
  labels {}string?, annotations {}string?, ownerReferences []OwnerReference?, finalizers []string?,
  managedFields []ManagedFieldsEntry?
OwnerReference:
  apiVersion string, kind string, name string, uid string, controller *bool?, blockOwnerDeletion *bool?
`);
