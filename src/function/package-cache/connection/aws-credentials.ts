import type { AwsCredentials } from '../../../aws/identity.ts';
import { utf8Text } from '../../../internal/bytes/bytes.ts';
import { credentialData, type RequestView } from '../../../protocol/request.ts';

const NAME = 'aws';
const PROFILE = 'default';

/**
 * Reads the AWS identity that the Composition's step passes to the function as credentials named `aws`: a Secret with one entry, a profile
 * file as for Crossplane's AWS providers. Returns undefined if the step does not have such credentials; the function's own identity then
 * applies.
 */
export function readAwsCredentials({
  credentials,
}: Pick<RequestView, 'credentials'>): { readonly identity: AwsCredentials } | { readonly problem: string } | undefined {
  const encoded = credentials.get(NAME);
  if (encoded === undefined) return undefined;
  const entries = [...credentialData(encoded).values()];
  const [file, ...others] = entries;
  const problem = (what: string) => ({
    problem: `invalid credentials ${NAME} of this step: ${what}; use a Secret with one entry, a profile file with [${PROFILE}], aws_access_key_id and aws_secret_access_key`,
  });
  if (file === undefined || others.length > 0) return problem(`must have one entry, not ${entries.length}`);
  const profile = profileIn(utf8Text(file));
  const accessKeyId = profile.get('aws_access_key_id');
  const secretAccessKey = profile.get('aws_secret_access_key');
  const sessionToken = profile.get('aws_session_token');
  if (accessKeyId === undefined) return problem('aws_access_key_id is missing');
  if (secretAccessKey === undefined) return problem('aws_secret_access_key is missing');
  return { identity: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) } };
}

/** Reads the settings of the default profile, as in https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
function profileIn(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const header = headerIn(line);
    const equals = line.indexOf('=');
    const key = line.slice(0, Math.max(equals, 0)).trimEnd();
    const value = line.slice(equals + 1).trim();
    if (header !== undefined) section = header;
    else if (section === PROFILE && /^[^\s#;]+$/.test(key) && value !== '') settings.set(key.toLowerCase(), value);
  }
  return settings;
}

function headerIn(line: string): string | undefined {
  const text = line.trimStart();
  const end = text.indexOf(']');
  return text.startsWith('[') && end > 0 ? text.slice(1, end).trim() || undefined : undefined;
}
