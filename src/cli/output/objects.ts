import { printableLines } from '../../internal/quote.ts';
import { isYamlObject, printJson, printYaml, type YamlValue } from '../../yaml/index.ts';
import { type FormatOptions, formatTable } from './format.ts';

/** Formats Kubernetes objects, by default as YAML documents. JSON is a List, which kubectl accepts. */
export function formatObjects(objects: readonly YamlValue[], { format }: FormatOptions): string {
  if (format === 'json') return printableLines(printJson({ apiVersion: 'v1', kind: 'List', items: objects }));
  if (format !== 'table') return objects.map((object) => `---\n${printYaml(object)}`).join('');
  const rows = objects.map((object) => {
    const metadata = isYamlObject(object) ? object.metadata : undefined;
    return [textAt(object, 'kind'), textAt(metadata, 'namespace'), textAt(metadata, 'name')];
  });
  return formatTable([['KIND', 'NAMESPACE', 'NAME'], ...rows]);
}

function textAt(object: YamlValue | undefined, field: string): string {
  const value = isYamlObject(object) ? object[field] : undefined;
  return typeof value === 'string' ? value : '';
}
