import * as z from 'zod/mini';
import { isEcrHost } from '../../aws/registry-host.ts';
import { IN_ENGLISH } from '../../internal/english.ts';
import { JsonLimitError, parseJson } from '../../internal/parse-json.ts';
import { pullScope } from '../auth/scopes.ts';
import { OciError } from '../errors.ts';
import { type HttpResponse, readBody } from '../http/http-client.ts';
import { maskUrl, parseUrl } from '../http/redact.ts';
import type { Repository } from '../name/reference.ts';
import type { CallOptions, RegistrySession } from './session.ts';

/** The default limit of tags in a list. */
export const DEFAULT_MAX_TAGS = 20_000;

const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 2_000;
/** A page size that all known registries accept. ECR accepts 1,000, which saves requests that count against its rate limit. */
const PAGE_SIZE = 100;
const ECR_PAGE_SIZE = 1_000;

const tagsSchema = z.object({
  tags: z.pipe(
    z.nullish(z.array(z.string())),
    z.transform((tags) => tags ?? []),
  ),
});

/** Lists all tags of a repository, page by page (distribution-spec v1.1.0, "Listing Tags"). */
export async function listTags(
  session: RegistrySession,
  repository: Repository,
  maxTags: number,
  { signal }: CallOptions,
): Promise<string[]> {
  const what = `list the tags of ${repository.registry}/${repository.repository}`;
  const pageSize = isEcrHost(repository.registry) ? ECR_PAGE_SIZE : PAGE_SIZE;
  const tags: string[] = [];
  let target: string | URL | undefined = `/v2/${repository.repository}/tags/list?n=${pageSize}`;
  for (let page = 0; target !== undefined; page += 1) {
    if (page === MAX_PAGES)
      throw new OciError('INVALID_RESPONSE', `cannot ${what}: it has more than ${MAX_PAGES} pages`);
    const response: HttpResponse = await session.send({
      method: 'GET',
      target,
      what,
      scopes: [pullScope(repository)],
      repository,
      signal,
    });
    for (const tag of parsePage(await readBody(response, MAX_PAGE_BYTES), what)) tags.push(tag);
    if (tags.length > maxTags) {
      throw new OciError('TOO_LARGE', `cannot ${what}: there are more than ${maxTags}; specify a tag or a digest`);
    }
    target = nextPage(response, what);
  }
  return tags;
}

/** Returns the URL with `rel="next"` of a `Link` header (RFC 8288), or undefined. Throws `INVALID_RESPONSE` for another origin. */
export function nextPage(response: Pick<HttpResponse, 'url' | 'header'>, what: string): URL | undefined {
  for (const link of (response.header('link') ?? '').matchAll(/<([^<>]*)>([^<]*)/g)) {
    const [, target = '', parameters = ''] = link;
    if (!/;\s*rel\s*=\s*"?next\b/i.test(parameters)) continue;
    const url = parseUrl(target, response.url, 'the link to the next page');
    if (url.origin === response.url.origin && url.href !== response.url.href) return url;
    throw new OciError('INVALID_RESPONSE', `cannot ${what}: invalid link to the next page ${maskUrl(url)}`);
  }
  return undefined;
}

function parsePage(body: Buffer, what: string): string[] {
  try {
    return tagsSchema.parse(parseJson(body), IN_ENGLISH).tags;
  } catch (error) {
    if (error instanceof JsonLimitError)
      throw new OciError('TOO_LARGE', `cannot ${what}: ${error.message}`, { cause: error });
    throw new OciError('INVALID_RESPONSE', `cannot ${what}: the response is not a list of tags`, { cause: error });
  }
}
