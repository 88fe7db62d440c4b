import { formatSize } from '../../internal/size.ts';
import { formatFinding } from '../../xpkg/errors.ts';
import type { ContentReport, ImageReport, PackageReport } from '../../xpkg/index.ts';
import type { Printed } from './format.ts';

/** Formats a package report as text. */
export function formatReport({ digest, mediaType, images }: PackageReport): string {
  const head = [`digest      ${digest}`, `media type  ${mediaType}`];
  return `${[...head, ...images.flatMap(imageLines)].join('\n')}\n`;
}

function imageLines({ digest, platform, size, layers, runtime, package: content }: ImageReport): string[] {
  const program = runtime === undefined ? 'none' : `${runtime.command.join(' ')} as user ${runtime.user || 'root'}`;
  return [
    '',
    `${nameOf(platform)}  ${digest}  ${formatSize(size)}`,
    `  runtime   ${program}`,
    ...layers.map(
      (layer) => `  layer     ${layer.digest}  ${formatSize(layer.size)}  ${MARKS[layer.mark ?? ''] ?? layer.mark}`,
    ),
    ...contentLines(content),
  ];
}

const MARKS: Readonly<Record<string, string>> = { '': 'runtime', base: 'package', upbound: 'examples' };

function contentLines(content: ContentReport): string[] {
  const { type, name, crossplane = 'any version', capabilities, dependencies, objects } = content;
  return [
    `  package   ${type} ${name}, Crossplane ${crossplane}`,
    ...(capabilities.length > 0 ? [`  supports  ${capabilities.join(', ')}`] : []),
    ...dependencies.map((needed) => `  requires  ${needed.kind} ${needed.package} ${needed.version}`),
    ...objects.map((object) => `  object    ${object.kind} ${object.name} (${object.apiVersion})`),
    ...[...content.findings, ...content.installFindings].map((finding) => `  finding   ${formatFinding(finding)}`),
  ];
}

/** Returns a table of the objects of a package, by platform. */
export function reportTable({ images }: PackageReport): Printed['table'] {
  const rows = images.flatMap(({ platform, package: { objects } }) =>
    objects.map(({ apiVersion, kind, name }) => [nameOf(platform), apiVersion, kind, name]),
  );
  return [['PLATFORM', 'APIVERSION', 'KIND', 'NAME'], ...rows];
}

function nameOf(platform: ImageReport['platform']): string {
  return platform.os === '' ? 'any platform' : `${platform.os}/${platform.architecture}`;
}
