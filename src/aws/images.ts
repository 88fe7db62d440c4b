import type { ImageDetail } from '@aws-sdk/client-ecr';
import { withEcrClient } from './ecr-client.ts';

/** Which repository to look into. */
export interface RepositoryKey {
  readonly region: string;
  /** Twelve digits. */
  readonly registryId: string;
  readonly name: string;
}

/** The images of a repository, as far as they were counted. */
export interface RepositoryImages {
  readonly count: number;
  /** False when there are more images than were counted. */
  readonly complete: boolean;
  readonly newest:
    | {
        readonly digest: string;
        readonly tags: readonly string[];
        readonly pushedAt: string | undefined;
        readonly scan: string | undefined;
        readonly findings: Readonly<Record<string, number>> | undefined;
      }
    | undefined;
}

const PAGE = 1000;
const MAX_PAGES = 10;

/** Counts the images of a repository and describes the one that was pushed last: one DescribeImages for each 1,000, ten at most. */
export async function fetchImages({ region, registryId, name }: RepositoryKey): Promise<RepositoryImages> {
  const { DescribeImagesCommand } = await import('./aws-client.ts');
  return withEcrClient({ region }, async (client, options) => {
    const images: ImageDetail[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const command = new DescribeImagesCommand({ registryId, repositoryName: name, maxResults: PAGE, nextToken });
      const response = await client.send(command, options);
      images.push(...(response.imageDetails ?? []));
      nextToken = response.nextToken;
      if (nextToken === undefined) break;
    }
    return { count: images.length, complete: nextToken === undefined, newest: newestOf(images) };
  });
}

function newestOf(images: readonly ImageDetail[]): RepositoryImages['newest'] {
  const [newest] = [...images].sort(
    (a, b) => pushed(b) - pushed(a) || ((a.imageDigest ?? '') < (b.imageDigest ?? '') ? -1 : 1),
  );
  if (newest?.imageDigest === undefined) return undefined;
  return {
    digest: newest.imageDigest,
    tags: [...(newest.imageTags ?? [])].sort(),
    pushedAt: newest.imagePushedAt?.toISOString(),
    scan: newest.imageScanStatus?.status,
    findings: newest.imageScanFindingsSummary?.findingSeverityCounts,
  };
}

function pushed({ imagePushedAt }: ImageDetail): number {
  return imagePushedAt?.getTime() ?? 0;
}
