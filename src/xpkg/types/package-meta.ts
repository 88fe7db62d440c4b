import { structTable } from '../struct-table.ts';

/** The structs of meta.pkg.crossplane.io/v1, read from github.com/crossplane/crossplane/apis/v2 v2.3.4, pkg/meta/v1. */
export const PACKAGE_META_V1 = structTable(`
Configuration:
  kind string?, apiVersion string?, metadata ObjectMeta, spec ConfigurationSpec
ConfigurationSpec:
  crossplane *CrossplaneConstraints?, dependsOn []Dependency?, capabilities []string?
CrossplaneConstraints:
  version string
Dependency:
  apiVersion *string?, kind *string?, package *string?, provider *string?, configuration *string?, function *string?,
  version string
Function:
  kind string?, apiVersion string?, metadata ObjectMeta, spec FunctionSpec
FunctionSpec:
  crossplane *CrossplaneConstraints?, dependsOn []Dependency?, capabilities []string?
Provider:
  kind string?, apiVersion string?, metadata ObjectMeta, spec ProviderSpec
ProviderSpec:
  crossplane *CrossplaneConstraints?, dependsOn []Dependency?, capabilities []string?
`);

/** The structs of meta.pkg.crossplane.io/v1alpha1, read from github.com/crossplane/crossplane/apis/v2 v2.3.4, pkg/meta/v1alpha1. */
export const PACKAGE_META_V1ALPHA1 = structTable(`
Configuration:
  kind string?, apiVersion string?, metadata ObjectMeta, spec ConfigurationSpec
ConfigurationSpec:
  crossplane *CrossplaneConstraints?, dependsOn []Dependency?, capabilities []string?
CrossplaneConstraints:
  version string
Dependency:
  apiVersion *string?, kind *string?, package *string?, provider *string?, configuration *string?, function *string?,
  version string
Provider:
  kind string?, apiVersion string?, metadata ObjectMeta, spec ProviderSpec
ProviderSpec:
  crossplane *CrossplaneConstraints?, dependsOn []Dependency?, capabilities []string?
`);

/** The structs of meta.pkg.crossplane.io/v1beta1, read from github.com/crossplane/crossplane/apis/v2 v2.3.4, pkg/meta/v1beta1. */
export const PACKAGE_META_V1BETA1 = structTable(`
CrossplaneConstraints:
  version string
Dependency:
  apiVersion *string?, kind *string?, package *string?, provider *string?, configuration *string?, function *string?,
  version string
Function:
  kind string?, apiVersion string?, metadata ObjectMeta, spec FunctionSpec
FunctionSpec:
  crossplane *CrossplaneConstraints?, dependsOn []Dependency?, capabilities []string?
`);
