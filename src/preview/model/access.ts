import { parseObject } from '../../json/parse-object.ts';
import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';

/** The permissions of one party on the images of a repository. */
export interface AccessRow {
  /** The party, in words. */
  readonly who: string;
  readonly pull: Permission;
  readonly push: Permission;
  /** Actions other than pulling and pushing. */
  readonly others: readonly string[];
  /** The conditions that must be met, in words. */
  readonly conditions: readonly string[];
}

export type Permission = 'yes' | 'denied' | 'no';

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const PUSH = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const BOTH = [...PULL, ...PUSH, 'ecr:BatchCheckLayerAvailability'];

/** Reads the permissions to pull and push from the text of a repository policy. Undefined means that the repository has no policy. */
export function readAccess(text: string | undefined): readonly AccessRow[] {
  const own: AccessRow = {
    who: "Identities of the registry's own account",
    pull: 'yes',
    push: 'yes',
    others: [],
    conditions: ['if their own IAM policies allow it'],
  };
  if (text === undefined) return [own];
  const { Statement } = parseObject(text) ?? {};
  const statements = isList(Statement) ? Statement.filter(isObject) : isObject(Statement) ? [Statement] : [];
  return [own, ...statements.flatMap(rowsOf)];
}

function rowsOf(statement: JsonObject): AccessRow[] {
  const actions = texts(statement.Action);
  const does = (wanted: readonly string[]) => wanted.every((action) => actions.some((one) => covers(one, action)));
  const granted = statement.Effect === 'Deny' ? 'denied' : 'yes';
  const permissions = {
    pull: does(PULL) ? granted : 'no',
    push: does(PUSH) ? granted : 'no',
    others: actions.filter((action) => !BOTH.some((one) => covers(action, one))),
    conditions: conditionsOf(statement.Condition),
  } as const;
  return principalsOf(statement).map((who) => ({ who, ...permissions }));
}

/** True when an action of a policy, which may end with `*`, includes `action`. */
function covers(pattern: string, action: string): boolean {
  const [given, wanted] = [pattern.toLowerCase(), action.toLowerCase()];
  return given.endsWith('*') ? wanted.startsWith(given.slice(0, -1)) : given === wanted;
}

function principalsOf({ Principal, NotPrincipal }: JsonObject): string[] {
  if (NotPrincipal !== undefined) return [`Everyone except ${JSON.stringify(NotPrincipal)}`];
  if (!isObject(Principal)) return ['Everyone'];
  return Object.entries(Principal).flatMap(([kind, value]) =>
    texts(value).map((name) => (kind === 'Service' ? serviceOf(name) : describeArn(name))),
  );
}

function serviceOf(name: string): string {
  return name === 'lambda.amazonaws.com' ? 'AWS Lambda' : `The AWS service ${name}`;
}

/** Describes an ARN such as `arn:aws:iam::111122223333:role/deployer` in words. */
function describeArn(arn: string): string {
  if (arn === '*') return 'Everyone';
  if (/^\d{12}$/.test(arn)) return `Account ${arn}`;
  const [, account, what] = /^arn:[a-z-]+:iam::(\d{12}):(.+)$/.exec(arn) ?? [];
  if (account === undefined || what === undefined) return arn;
  if (what === 'root') return `Account ${account}`;
  const [kind = '', ...name] = what.split('/');
  return `${kind === 'role' ? 'Role' : kind === 'user' ? 'User' : kind} ${name.join('/')} of account ${account}`;
}

function conditionsOf(condition: Json | undefined): string[] {
  if (!isObject(condition)) return [];
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, value]) => `${key} ${operator} ${texts(value).join(' or ')}`),
  );
}

function texts(value: Json | undefined): string[] {
  const list = isList(value) ? value : value === undefined ? [] : [value];
  return list.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
}
