import { structTable } from '../struct-table.ts';

/** The structs of apiextensions.k8s.io/v1, read from k8s.io/apiextensions-apiserver v0.35.1, pkg/apis/apiextensions/v1. */
export const CRD_V1 = structTable(`
CustomResourceColumnDefinition:
  name string, type string, format string?, description string?, priority int32?, jsonPath string
CustomResourceConversion:
  strategy string, webhook *WebhookConversion?
CustomResourceDefinition:
  kind string?, apiVersion string?, metadata ObjectMeta, spec CustomResourceDefinitionSpec,
  status CustomResourceDefinitionStatus
CustomResourceDefinitionCondition:
  type string, status string, lastTransitionTime Time, reason string?, message string?, observedGeneration int64?
CustomResourceDefinitionNames:
  plural string, singular string?, shortNames []string?, kind string, listKind string?, categories []string?
CustomResourceDefinitionSpec:
  group string, names CustomResourceDefinitionNames, scope string, versions []CustomResourceDefinitionVersion,
  conversion *CustomResourceConversion?, preserveUnknownFields bool?
CustomResourceDefinitionStatus:
  conditions []CustomResourceDefinitionCondition, acceptedNames CustomResourceDefinitionNames,
  storedVersions []string, observedGeneration int64?
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
  openAPIV3Schema *JSONSchemaProps?
ExternalDocumentation:
  description string?, url string?
JSONSchemaProps:
  id string?, $schema string?, $ref *string?, description string?, type string?, format string?, title string?,
  default *JSON?, maximum *float64?, exclusiveMaximum bool?, minimum *float64?, exclusiveMinimum bool?,
  maxLength *int64?, minLength *int64?, pattern string?, maxItems *int64?, minItems *int64?, uniqueItems bool?,
  multipleOf *float64?, enum []JSON?, maxProperties *int64?, minProperties *int64?, required []string?,
  items *JSONSchemaPropsOrArray?, allOf []JSONSchemaProps?, oneOf []JSONSchemaProps?, anyOf []JSONSchemaProps?,
  not *JSONSchemaProps?, properties {}JSONSchemaProps?, additionalProperties *JSONSchemaPropsOrBool?,
  patternProperties {}JSONSchemaProps?, dependencies {}JSONSchemaPropsOrStringArray?,
  additionalItems *JSONSchemaPropsOrBool?, definitions {}JSONSchemaProps?, externalDocs *ExternalDocumentation?,
  example *JSON?, nullable bool?, x-kubernetes-preserve-unknown-fields *bool?, x-kubernetes-embedded-resource bool?,
  x-kubernetes-int-or-string bool?, x-kubernetes-list-map-keys []string?, x-kubernetes-list-type *string?,
  x-kubernetes-map-type *string?, x-kubernetes-validations []ValidationRule?
SelectableField:
  jsonPath string
ServiceReference:
  namespace string, name string, path *string?, port *int32?
ValidationRule:
  rule string, message string?, messageExpression string?, reason *string?, fieldPath string?, optionalOldSelf *bool?
WebhookClientConfig:
  url *string?, service *ServiceReference?, caBundle bytes?
WebhookConversion:
  clientConfig *WebhookClientConfig?, conversionReviewVersions []string
`);

/** The structs of apiextensions.k8s.io/v1beta1, read from k8s.io/apiextensions-apiserver v0.35.1, pkg/apis/apiextensions/v1beta1. */
export const CRD_V1BETA1 = structTable(`
CustomResourceColumnDefinition:
  name string, type string, format string?, description string?, priority int32?, JSONPath string
CustomResourceConversion:
  strategy string, webhookClientConfig *WebhookClientConfig?, conversionReviewVersions []string?
CustomResourceDefinition:
  kind string?, apiVersion string?, metadata ObjectMeta, spec CustomResourceDefinitionSpec,
  status CustomResourceDefinitionStatus
CustomResourceDefinitionCondition:
  type string, status string, lastTransitionTime Time, reason string?, message string?, observedGeneration int64?
CustomResourceDefinitionNames:
  plural string, singular string?, shortNames []string?, kind string, listKind string?, categories []string?
CustomResourceDefinitionSpec:
  group string, version string?, names CustomResourceDefinitionNames, scope string,
  validation *CustomResourceValidation?, subresources *CustomResourceSubresources?,
  versions []CustomResourceDefinitionVersion?, additionalPrinterColumns []CustomResourceColumnDefinition?,
  selectableFields []SelectableField?, conversion *CustomResourceConversion?, preserveUnknownFields *bool?
CustomResourceDefinitionStatus:
  conditions []CustomResourceDefinitionCondition, acceptedNames CustomResourceDefinitionNames,
  storedVersions []string, observedGeneration int64?
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
  openAPIV3Schema *JSONSchemaProps?
ExternalDocumentation:
  description string?, url string?
JSONSchemaProps:
  id string?, $schema string?, $ref *string?, description string?, type string?, format string?, title string?,
  default *JSON?, maximum *float64?, exclusiveMaximum bool?, minimum *float64?, exclusiveMinimum bool?,
  maxLength *int64?, minLength *int64?, pattern string?, maxItems *int64?, minItems *int64?, uniqueItems bool?,
  multipleOf *float64?, enum []JSON?, maxProperties *int64?, minProperties *int64?, required []string?,
  items *JSONSchemaPropsOrArray?, allOf []JSONSchemaProps?, oneOf []JSONSchemaProps?, anyOf []JSONSchemaProps?,
  not *JSONSchemaProps?, properties {}JSONSchemaProps?, additionalProperties *JSONSchemaPropsOrBool?,
  patternProperties {}JSONSchemaProps?, dependencies {}JSONSchemaPropsOrStringArray?,
  additionalItems *JSONSchemaPropsOrBool?, definitions {}JSONSchemaProps?, externalDocs *ExternalDocumentation?,
  example *JSON?, nullable bool?, x-kubernetes-preserve-unknown-fields *bool?, x-kubernetes-embedded-resource bool?,
  x-kubernetes-int-or-string bool?, x-kubernetes-list-map-keys []string?, x-kubernetes-list-type *string?,
  x-kubernetes-map-type *string?, x-kubernetes-validations []ValidationRule?
SelectableField:
  jsonPath string
ServiceReference:
  namespace string, name string, path *string?, port *int32?
ValidationRule:
  rule string, message string?, messageExpression string?, reason *string?, fieldPath string?, optionalOldSelf *bool?
WebhookClientConfig:
  url *string?, service *ServiceReference?, caBundle bytes?
`);
