import claim from '../../../examples/claim/claim.yaml';
import composition from '../../../examples/claim/composition.yaml';
import definition from '../../../examples/claim/xrd.yaml';
import everythingClaim from '../../../examples/everything/claim.yaml';
import everythingComposition from '../../../examples/everything/composition.yaml';
import everythingObserved from '../../../examples/everything/observed.yaml';
import namespacedComposition from '../../../examples/namespaced/composition.yaml';
import namespacedClaim from '../../../examples/namespaced/workload.yaml';
import namespacedDefinition from '../../../examples/namespaced/xrd.yaml';
import packageClaim from '../../../examples/package-cache/claim.yaml';
import packageComposition from '../../../examples/package-cache/composition.yaml';
import prefixClaim from '../../../examples/prefix/claim.yaml';
import prefixComposition from '../../../examples/prefix/composition.yaml';
import upjetComposition from '../../../examples/upjet/composition.yaml';
import type { Texts } from '../model/problems.ts';

/** An example to start from, from the folder examples/. */
export interface Example {
  readonly name: string;
  readonly title: string;
  readonly texts: Texts;
}

/** The examples that the page offers. The page starts with the first one. */
export const EXAMPLES: readonly [Example, ...Example[]] = [
  example('everything', 'Every setting', everythingClaim, everythingComposition),
  example(
    'everything-existing',
    'Every setting, with existing resources',
    everythingClaim,
    everythingComposition,
    everythingObserved,
  ),
  example('claim', 'A plain claim', claim, composition),
  example('upjet', 'Immutable tags', claim, upjetComposition),
  example('prefix', 'A whole prefix', prefixClaim, prefixComposition),
  example('package-cache', 'A package source', packageClaim, packageComposition),
  {
    name: 'namespaced',
    title: 'A namespaced composite',
    texts: {
      claim: withoutModeline(namespacedClaim),
      composition: withoutModeline(namespacedComposition),
      observed: '',
      definition: namespacedDefinition,
    },
  },
];

function example(name: string, title: string, ofClaim: string, ofComposition: string, observed = ''): Example {
  const texts = { claim: withoutModeline(ofClaim), composition: withoutModeline(ofComposition), observed, definition };
  return { name, title, texts };
}

/** Removes the line that names the schema for other editors. This editor has the schema. */
function withoutModeline(text: string): string {
  return text.replace(/^# yaml-language-server: .*\n/, '');
}
