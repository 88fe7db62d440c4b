import { structTable } from '../struct-table.ts';

/** The structs of ops.crossplane.io/v1alpha1, read from github.com/crossplane/crossplane/apis/v2 v2.3.4, ops/v1alpha1. */
export const OPERATIONS_V1ALPHA1 = structTable(`
AppliedResourceRef:
  apiVersion string, kind string, namespace *string?, name string
Condition:
  type string, status string, lastTransitionTime Time, reason string, message string?, observedGeneration int64?
CronOperation:
  kind string?, apiVersion string?, metadata ObjectMeta, spec CronOperationSpec, status CronOperationStatus
CronOperationSpec:
  schedule string, startingDeadlineSeconds *int64?, concurrencyPolicy *string?, successfulHistoryLimit *int32?,
  failedHistoryLimit *int32?, operationTemplate OperationTemplate
CronOperationStatus:
  conditions []Condition?, runningOperationRefs []RunningOperationRef?, lastScheduleTime *Time?,
  lastSuccessfulTime *Time?
FunctionCredentials:
  name string, source string, secretRef *SecretReference?
FunctionReference:
  name string
FunctionRequirements:
  requiredResources []RequiredResourceSelector?, requiredSchemas []RequiredSchemaSelector?
Operation:
  kind string?, apiVersion string?, metadata ObjectMeta, spec OperationSpec, status OperationStatus
OperationSpec:
  mode string, pipeline []PipelineStep, retryLimit *int64?
OperationStatus:
  conditions []Condition?, failures int64?, pipeline []PipelineStepStatus?, appliedResourceRefs []AppliedResourceRef?
OperationTemplate:
  metadata ObjectMeta, spec OperationSpec
PipelineStep:
  step string, functionRef FunctionReference, input *RawExtension?, credentials []FunctionCredentials?,
  requirements *FunctionRequirements?
PipelineStepStatus:
  step string, output *RawExtension?
RequiredResourceSelector:
  requirementName string, apiVersion string, kind string, name *string?, matchLabels {}string?, namespace *string?
RequiredSchemaSelector:
  requirementName string, apiVersion string, kind string
RunningOperationRef:
  name string
SecretReference:
  name string, namespace string
WatchOperation:
  kind string?, apiVersion string?, metadata ObjectMeta, spec WatchOperationSpec, status WatchOperationStatus
WatchOperationSpec:
  watch WatchSpec, concurrencyPolicy *string?, successfulHistoryLimit *int32?, failedHistoryLimit *int32?,
  operationTemplate OperationTemplate
WatchOperationStatus:
  conditions []Condition?, runningOperationRefs []RunningOperationRef?, watchingResources int64?,
  lastScheduleTime *Time?, lastSuccessfulTime *Time?
WatchSpec:
  apiVersion string, kind string, matchLabels {}string?, namespace string?
`);
