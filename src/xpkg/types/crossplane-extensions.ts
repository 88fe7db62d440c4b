import { structTable } from '../struct-table.ts';

/** The structs of apiextensions.crossplane.io/v1, read from github.com/crossplane/crossplane/apis/v2 v2.3.4, apiextensions/v1. */
export const EXTENSIONS_V1 = structTable(`
CompositeResourceDefinition:
  kind string?, apiVersion string?, metadata ObjectMeta, spec CompositeResourceDefinitionSpec,
  status CompositeResourceDefinitionStatus
CompositeResourceDefinitionControllerStatus:
  compositeResourceType TypeReference, compositeResourceClaimType TypeReference
CompositeResourceDefinitionSpec:
  group string, names CustomResourceDefinitionNames, scope *string?, claimNames *CustomResourceDefinitionNames?,
  connectionSecretKeys []string?, defaultCompositeDeletePolicy *string?, defaultCompositionRef *CompositionReference?,
  defaultCompositionRevisionSelector *LabelSelector?, enforcedCompositionRef *CompositionReference?,
  defaultCompositionUpdatePolicy *string?, versions []CompositeResourceDefinitionVersion,
  conversion *CustomResourceConversion?, metadata *CompositeResourceDefinitionSpecMetadata?
CompositeResourceDefinitionSpecMetadata:
  labels {}string?, annotations {}string?
CompositeResourceDefinitionStatus:
  conditions []Condition?, controllers CompositeResourceDefinitionControllerStatus
CompositeResourceDefinitionVersion:
  name string, referenceable bool, served bool, deprecated *bool?, deprecationWarning *string?,
  schema *CompositeResourceValidation?, additionalPrinterColumns []CustomResourceColumnDefinition?,
  subresources *CompositeResourceDefinitionVersionSubresources?
CompositeResourceDefinitionVersionSubresources:
  scale *CustomResourceSubresourceScale?
CompositeResourceValidation:
  openAPIV3Schema RawExtension
Composition:
  kind string?, apiVersion string?, metadata ObjectMeta, spec CompositionSpec
CompositionReference:
  name string
CompositionSpec:
  compositeTypeRef TypeReference, mode string?, pipeline []PipelineStep?, writeConnectionSecretsToNamespace *string?
Condition:
  type string, status string, lastTransitionTime Time, reason string, message string?, observedGeneration int64?
CustomResourceColumnDefinition:
  name string, type string, format string?, description string?, priority int32?, jsonPath string
CustomResourceConversion:
  strategy string, webhook *WebhookConversion?
CustomResourceDefinitionNames:
  plural string, singular string?, shortNames []string?, kind string, listKind string?, categories []string?
CustomResourceSubresourceScale:
  specReplicasPath string, statusReplicasPath string, labelSelectorPath *string?
FunctionCredentials:
  name string, source string, secretRef *SecretReference?
FunctionReference:
  name string
FunctionRequirements:
  requiredResources []RequiredResourceSelector?, requiredSchemas []RequiredSchemaSelector?
PipelineStep:
  step string, functionRef FunctionReference, input *RawExtension?, credentials []FunctionCredentials?,
  requirements *FunctionRequirements?
RequiredResourceSelector:
  requirementName string, apiVersion string, kind string, namespace *string?, name *string?, matchLabels {}string?
RequiredSchemaSelector:
  requirementName string, apiVersion string, kind string
SecretReference:
  name string, namespace string
ServiceReference:
  namespace string, name string, path *string?, port *int32?
TypeReference:
  apiVersion string, kind string
WebhookClientConfig:
  url *string?, service *ServiceReference?, caBundle bytes?
WebhookConversion:
  clientConfig *WebhookClientConfig?, conversionReviewVersions []string
`);

/** The structs of apiextensions.crossplane.io/v2, read from github.com/crossplane/crossplane/apis/v2 v2.3.4, apiextensions/v2. */
export const EXTENSIONS_V2 = structTable(`
CompositeResourceDefinition:
  kind string?, apiVersion string?, metadata ObjectMeta, spec CompositeResourceDefinitionSpec,
  status CompositeResourceDefinitionStatus
CompositeResourceDefinitionControllerStatus:
  compositeResourceType TypeReference, compositeResourceClaimType TypeReference
CompositeResourceDefinitionSpec:
  group string, names CustomResourceDefinitionNames, scope string?, defaultCompositionRef *CompositionReference?,
  defaultCompositionRevisionSelector *LabelSelector?, enforcedCompositionRef *CompositionReference?,
  defaultCompositionUpdatePolicy *string?, versions []CompositeResourceDefinitionVersion,
  conversion *CustomResourceConversion?, metadata *CompositeResourceDefinitionSpecMetadata?,
  claimNames *CustomResourceDefinitionNames?, defaultCompositeDeletePolicy *string?, connectionSecretKeys []string?
CompositeResourceDefinitionSpecMetadata:
  labels {}string?, annotations {}string?
CompositeResourceDefinitionStatus:
  conditions []Condition?, controllers CompositeResourceDefinitionControllerStatus
CompositeResourceDefinitionVersion:
  name string, referenceable bool, served bool, deprecated *bool?, deprecationWarning *string?,
  schema *CompositeResourceValidation?, additionalPrinterColumns []CustomResourceColumnDefinition?,
  subresources *CompositeResourceDefinitionVersionSubresources?
CompositeResourceDefinitionVersionSubresources:
  scale *CustomResourceSubresourceScale?
CompositeResourceValidation:
  openAPIV3Schema RawExtension
CompositionReference:
  name string
Condition:
  type string, status string, lastTransitionTime Time, reason string, message string?, observedGeneration int64?
CustomResourceColumnDefinition:
  name string, type string, format string?, description string?, priority int32?, jsonPath string
CustomResourceConversion:
  strategy string, webhook *WebhookConversion?
CustomResourceDefinitionNames:
  plural string, singular string?, shortNames []string?, kind string, listKind string?, categories []string?
CustomResourceSubresourceScale:
  specReplicasPath string, statusReplicasPath string, labelSelectorPath *string?
ServiceReference:
  namespace string, name string, path *string?, port *int32?
TypeReference:
  apiVersion string, kind string
WebhookClientConfig:
  url *string?, service *ServiceReference?, caBundle bytes?
WebhookConversion:
  clientConfig *WebhookClientConfig?, conversionReviewVersions []string
`);

/** The structs of apiextensions.crossplane.io/v1alpha1, read from github.com/crossplane/crossplane/apis/v2 v2.3.4, apiextensions/v1alpha1. */
export const EXTENSIONS_V1ALPHA1 = structTable(`
Condition:
  type string, status string, lastTransitionTime Time, reason string, message string?, observedGeneration int64?
ConnectionDetail:
  name string, description string
CustomResourceColumnDefinition:
  name string, type string, format string?, description string?, priority int32?, jsonPath string
CustomResourceConversion:
  strategy string, webhook *WebhookConversion?
CustomResourceDefinitionNames:
  plural string, singular string?, shortNames []string?, kind string, listKind string?, categories []string?
CustomResourceDefinitionVersion:
  name string, served bool, storage bool, deprecated bool?, deprecationWarning *string?,
  schema *CustomResourceValidation?, subresources *CustomResourceSubresources?,
  additionalPrinterColumns []CustomResourceColumnDefinition?, selectableFields []SelectableField?
CustomResourceSubresourceScale:
  specReplicasPath string, statusReplicasPath string, labelSelectorPath *string?
CustomResourceSubresourceStatus:
CustomResourceSubresources:
  status *CustomResourceSubresourceStatus?, scale *CustomResourceSubresourceScale?
CustomResourceValidation:
  openAPIV3Schema RawExtension
ManagedResourceActivationPolicy:
  kind string?, apiVersion string?, metadata ObjectMeta, spec ManagedResourceActivationPolicySpec,
  status ManagedResourceActivationPolicyStatus
ManagedResourceActivationPolicySpec:
  activate []string
ManagedResourceActivationPolicyStatus:
  conditions []Condition?, activated []string?
ManagedResourceDefinition:
  kind string?, apiVersion string?, metadata ObjectMeta, spec ManagedResourceDefinitionSpec,
  status ManagedResourceDefinitionStatus
ManagedResourceDefinitionSpec:
  group string, names CustomResourceDefinitionNames, scope string, versions []CustomResourceDefinitionVersion,
  conversion *CustomResourceConversion?, preserveUnknownFields bool?, connectionDetails []ConnectionDetail?,
  state string?
ManagedResourceDefinitionStatus:
  conditions []Condition?
SelectableField:
  jsonPath string
ServiceReference:
  namespace string, name string, path *string?, port *int32?
WebhookClientConfig:
  url *string?, service *ServiceReference?, caBundle bytes?
WebhookConversion:
  clientConfig *WebhookClientConfig?, conversionReviewVersions []string
`);
