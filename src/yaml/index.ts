export { type Position, YamlError, type YamlErrorCode } from './errors.ts';
export { compareKeys } from './key-order.ts';
export { type DuplicateKey, parseYaml, type YamlDocument, yamlDocuments } from './parse.ts';
export { printJson, printYaml } from './print.ts';
export { offsetOfItem } from './size.ts';
export { documentTexts } from './stream/document-texts.ts';
export { isYamlList, isYamlObject, type YamlObject, type YamlValue } from './value.ts';
