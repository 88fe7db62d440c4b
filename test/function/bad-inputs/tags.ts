import { type BadInput, row, upjet } from './row.ts';

/** The given number of tags. */
const manyTags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag-${index}`, 'x']));

const TAGS = 'AWS tags';
export const tags: readonly BadInput[] = [
  row('51 tags', `${TAGS}: 50 at most`, ['tags'], { tags: manyTags(51) }),
  row('48 tags where the provider adds three', `${TAGS}: 50 at most`, ['tags'], { tags: manyTags(48) }, upjet),
  row(
    '30 tags of the claim and 30 of the platform',
    `${TAGS}: 50 at most`,
    ['input.enforced.tags'],
    { tags: manyTags(30) },
    {
      enforced: { tags: Object.fromEntries(Object.keys(manyTags(30)).map((key) => [`platform-${key}`, 'x'])) },
    },
  ),
  row('a reserved tag of AWS', `${TAGS}: aws: is taken`, ['tags.aws:createdBy'], { tags: { 'aws:createdBy': 'me' } }),
  row('a reserved tag of AWS in upper case', `${TAGS}: aws: is taken`, ['tags.AWS:x'], { tags: { 'AWS:x': 'me' } }),
  row('a tag without a key', `${TAGS}: keys of 1 to 128 characters`, ['tags[""]'], { tags: { '': 'x' } }),
  row('a tag with a long key', `${TAGS}: keys of 1 to 128 characters`, [`tags["${'k'.repeat(100)}…"]`], {
    tags: { ['k'.repeat(129)]: 'x' },
  }),
  row('a tag with a long value', `${TAGS}: values of up to 256 characters`, ['tags.k'], {
    tags: { k: 'v'.repeat(257) },
  }),
  row('a tag with a comma', `${TAGS}: characters`, ['tags.owners'], { tags: { owners: 'a,b' } }),
  row('a tag whose value is a number', 'types', ['tags.cost-center'], { tags: { 'cost-center': 4711 } }),
  row(
    'a tag that the provider sets',
    `${TAGS}: the provider's own`,
    ['tags'],
    { tags: { 'crossplane-name': 'x' } },
    upjet,
  ),
];

export const imageTags: readonly BadInput[] = [
  row("mutability in AWS's form", 'words', ['imageTags.mutability'], { imageTags: { mutability: 'IMMUTABLE' } }),
  row('exceptions without mutability', 'required', ['imageTags.mutability'], { imageTags: { except: ['latest'] } }),
  row(
    'six exceptions',
    'ECR: five filters',
    ['imageTags.except'],
    { imageTags: { mutability: 'Immutable', except: ['a', 'b', 'c', 'd', 'e', 'f'] } },
    upjet,
  ),
  row(
    'an exception with three wildcards',
    'ECR: two wildcards',
    ['imageTags.except[0]'],
    { imageTags: { mutability: 'Immutable', except: ['*a*b*'] } },
    upjet,
  ),
  row(
    'an exception with a slash',
    'ECR: characters of a filter',
    ['imageTags.except[0]'],
    { imageTags: { mutability: 'Immutable', except: ['a/b'] } },
    upjet,
  ),
  row(
    'an exception of 129 characters',
    'ECR: 128 characters',
    ['imageTags.except[0]'],
    { imageTags: { mutability: 'Immutable', except: ['a'.repeat(129)] } },
    upjet,
  ),
  row('exceptions on the classic provider', 'flavors', ['imageTags'], {
    imageTags: { mutability: 'Immutable', except: ['latest'] },
  }),
  row("the provider's field instead of this function's", 'unknown fields', ['imageTagMutability'], {
    imageTagMutability: 'IMMUTABLE',
  }),
];
