import { join } from 'node:path';
import pins from '../../package/runtime/pins.json' with { type: 'json' };
import metadata from '../../package.json' with { type: 'json' };

/** A program built from the Go module that the go.mod in `folder` pins. */
export interface GoTool {
  readonly kind: 'go';
  readonly folder: string;
  readonly module: string;
  /** The main package's import path. */
  readonly package: string;
  /** The Go variable that the linker sets to the module's version, where the program has one. */
  readonly versionVariable?: string;
  /** A folder of CRDs in the module, kept beside the program under `name`. */
  readonly crds?: { readonly name: string; readonly folder: string };
  /** The file in `folder` that the program is built from, where it is our own. */
  readonly source?: string;
  /** Installed only when it is asked for by name. */
  readonly onDemand?: true;
}

/** A program unpacked from a Debian package; the package itself is not installed, so it starts no service. */
export interface DebianTool {
  readonly kind: 'debian';
  readonly package: string;
  /** The program's path inside the package. */
  readonly file: string;
  /** Packages with files that the program needs at run time. Their trees are kept in a folder beside it. */
  readonly needs?: readonly string[];
}

/** A program of a Python distribution, in a virtual environment of its own. */
export interface PythonTool {
  readonly kind: 'python';
  readonly requirements: readonly string[];
  readonly environment: string;
}

/** A program that an npm package ships; its install scripts do not run. */
export interface NpmTool {
  readonly kind: 'npm';
  readonly package: string;
  readonly version: string;
  /** The program's path inside the package. */
  readonly file: string;
}

export type Tool = GoTool | DebianTool | PythonTool | NpmTool;

const kubernetes = {
  kind: 'go',
  folder: 'kubernetes',
  module: 'k8s.io/kubernetes',
  versionVariable: 'k8s.io/component-base/version.gitVersion',
} as const;

const node = { kind: 'npm', package: `node-${process.platform}-${process.arch}`, file: 'bin/node' } as const;

const crossplaneVersion = 'github.com/crossplane/crossplane-runtime/v2/pkg/version.version';

/** A version of Crossplane that the end-to-end tests run on; its CRDs have the tool's name. */
function crossplane<const Version extends `v${string}`>(version: Version) {
  const name = `crossplane-${version}` as const;
  const module = `github.com/crossplane/crossplane${version.startsWith('v1.') ? '' : '/v2'}`;
  // The package that knows the version moved to the runtime's module in v2.3.
  const isOld = /^v(1\.|2\.[0-2]\.)/.test(version);
  return {
    kind: 'go',
    folder: name,
    module,
    package: `${module}/cmd/crossplane`,
    // Without it every package with a version constraint is "incompatible".
    versionVariable: isOld ? `${module}/internal/version.version` : crossplaneVersion,
    crds: { name, folder: 'cluster/crds' },
  } as const;
}

/** A version of cosign, in its folder of the same name. */
function cosign<const Major extends `v${number}`>(major: Major) {
  const module = `github.com/sigstore/cosign/${major}`;
  return {
    kind: 'go',
    folder: `cosign-${major}`,
    module,
    package: `${module}/cmd/cosign`,
    versionVariable: 'sigs.k8s.io/release-utils/version.gitVersion',
  } as const;
}

/** Every tool by the name of its program, in the order in which they are installed: the quick ones first. */
export const tools = {
  'node-oldest': { ...node, version: `${metadata.engines.node.replace('>=', '')}.0` },
  'node-shipped': { ...node, version: pins.node.version },
  etcd: { kind: 'debian', package: 'etcd-server', file: 'usr/bin/etcd' },
  prometheus: { kind: 'debian', package: 'prometheus', file: 'usr/bin/prometheus' },
  promtool: { kind: 'debian', package: 'prometheus', file: 'usr/bin/promtool' },
  'docker-registry': { kind: 'debian', package: 'docker-registry', file: 'usr/bin/docker-registry' },
  zsh: { kind: 'debian', package: 'zsh', file: 'bin/zsh', needs: ['zsh-common'] },
  fish: { kind: 'debian', package: 'fish', file: 'usr/bin/fish', needs: ['fish-common', 'libpcre2-32-0'] },
  skopeo: {
    kind: 'debian',
    package: 'skopeo',
    file: 'usr/bin/skopeo',
    needs: ['libgpgme11', 'libassuan0', 'libgpg-error0', 'libdevmapper1.02.1'],
  },
  moto_server: {
    kind: 'python',
    // The server's own needs; moto[server] adds twice as much for emulators of other services than ECR and STS.
    requirements: ['moto==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'],
    environment: 'moto',
  },
  'crossplane-v2.3.4': crossplane('v2.3.4'), // of the command line's version, for comparisons with it
  'crossplane-v2.4.0': crossplane('v2.4.0'),
  'crossplane-v2.2.0': { ...crossplane('v2.2.0'), onDemand: true },
  'crossplane-v1.20.1': { ...crossplane('v1.20.1'), onDemand: true },
  crossplane: {
    kind: 'go',
    folder: 'crossplane-cli',
    module: 'github.com/crossplane/cli/v2',
    package: 'github.com/crossplane/cli/v2/cmd/crossplane',
    versionVariable: crossplaneVersion,
  },
  'go-rules': { kind: 'go', folder: 'go-rules', module: 'sigs.k8s.io/yaml', package: '.', source: 'main.go' },
  'otlp-decoder': {
    kind: 'go',
    folder: 'otlp-decoder',
    module: 'go.opentelemetry.io/collector/pdata',
    package: '.',
    source: 'main.go',
  },
  crane: {
    kind: 'go',
    folder: 'crane',
    module: 'github.com/google/go-containerregistry',
    package: 'github.com/google/go-containerregistry/cmd/crane',
    versionVariable: 'github.com/google/go-containerregistry/cmd/crane/cmd.Version',
  },
  cosign: cosign('v3'),
  'cosign-v2': cosign('v2'),
  'function-auto-ready': {
    kind: 'go',
    folder: 'function-auto-ready',
    module: 'github.com/crossplane/function-auto-ready',
    package: 'github.com/crossplane/function-auto-ready',
  },
  'provider-aws': {
    kind: 'go',
    folder: 'provider-aws',
    module: 'github.com/crossplane-contrib/provider-aws',
    package: 'github.com/crossplane-contrib/provider-aws/cmd/provider',
    versionVariable: 'github.com/crossplane-contrib/provider-aws/pkg/version.Version',
    crds: { name: 'provider-aws', folder: 'package/crds' },
  },
  'provider-kubernetes': {
    kind: 'go',
    folder: 'provider-kubernetes',
    module: 'github.com/crossplane-contrib/provider-kubernetes',
    package: 'github.com/crossplane-contrib/provider-kubernetes/cmd/provider',
    crds: { name: 'provider-kubernetes', folder: 'package/crds' },
    onDemand: true,
  },
  'kube-apiserver': { ...kubernetes, package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-controller-manager': { ...kubernetes, package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  kubectl: { ...kubernetes, package: 'k8s.io/kubernetes/cmd/kubectl' },
  kyverno: {
    kind: 'go',
    folder: 'kyverno',
    module: 'github.com/kyverno/kyverno',
    package: 'github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno',
    versionVariable: 'github.com/kyverno/kyverno/pkg/version.BuildVersion',
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

/** The folder that holds each Go tool's go.mod. */
export const toolsFolder = import.meta.dirname;

/** The folder, ignored by git, that the tools are installed into. */
export const binFolder = join(toolsFolder, 'bin');

/** Where a tool's program is once it is installed. */
export function programFile(name: ToolName): string {
  const tool: Tool = tools[name];
  if (tool.kind === 'python') return join(binFolder, tool.environment, 'bin', name);
  return tool.kind === 'debian' && tool.needs !== undefined ? join(treeFolder(name), tool.file) : join(binFolder, name);
}

/** Where the files of a tool and of the packages that it needs are once it is installed. */
export function treeFolder(name: ToolName): string {
  return join(binFolder, `${name}-tree`);
}

/** Where a set of CRDs is once the tool that brings it is installed. */
export function crdSetFolder(set: string): string {
  return join(binFolder, 'crds', set);
}

/** True for a name in the table of tools. */
export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(tools, name);
}
