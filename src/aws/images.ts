import type { DescribeImageScanFindingsCommandInput, ECRClient, ImageDetail } from '@aws-sdk/client-ecr';
import { withEcrClient } from './ecr-client.ts';

/** A repository whose images are described. */
export interface RepositoryKey {
  readonly region: string;
  /** Twelve digits. */
  readonly registryId: string;
  readonly name: string;
  readonly details?: ImageDetails | undefined;
}

/** The details of images to fetch, in addition to their number and the newest one. */
interface ImageDetails {
  readonly usage?: boolean | undefined;
  readonly notPulledDays?: number | undefined;
  /** Fetches the findings of the newest image, which DescribeImages does not return with enhanced scanning. */
  readonly scanFindings?: boolean | undefined;
}

/** A summary of the images of a repository. */
export interface RepositoryImages {
  readonly count: number;
  /** False if the repository has more images than were counted. */
  readonly complete: boolean;
  readonly bytes?: number | undefined;
  readonly lastPulledAt?: string | undefined;
  readonly notPulled?: { readonly days: number; readonly count: number } | undefined;
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

/**
 * Counts the images of a repository and describes the one that was pushed last. It sends one DescribeImages for each 1,000 images, at most
 * ten, and one DescribeImageScanFindings if findings are requested.
 */
export async function fetchImages(
  { region, registryId, name, details = {} }: RepositoryKey,
  now: () => number = Date.now,
): Promise<RepositoryImages> {
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
    const newest = newestOf(images);
    const found =
      details.scanFindings && newest
        ? await scanFindings(
            client,
            { registryId, repositoryName: name, imageId: { imageDigest: newest.digest } },
            options,
          )
        : {};
    return {
      count: images.length,
      complete: nextToken === undefined,
      ...usageOf(images, details, now()),
      newest: newest && { ...newest, ...found },
    };
  });
}

type Newest = NonNullable<RepositoryImages['newest']>;

/** Fetches the state and findings of the scan of an image. Returns an empty object for an image that was never scanned. */
async function scanFindings(
  client: ECRClient,
  image: Omit<DescribeImageScanFindingsCommandInput, 'maxResults'>,
  options: { readonly abortSignal: AbortSignal },
): Promise<Partial<Pick<Newest, 'scan' | 'findings'>>> {
  const { DescribeImageScanFindingsCommand } = await import('./aws-client.ts');
  try {
    const command = new DescribeImageScanFindingsCommand({ ...image, maxResults: 1 });
    const { imageScanStatus, imageScanFindings } = await client.send(command, options);
    const findings = imageScanFindings?.findingSeverityCounts;
    return { ...(imageScanStatus?.status && { scan: imageScanStatus.status }), ...(findings && { findings }) };
  } catch (error) {
    if (error instanceof Error && error.name === 'ScanNotFoundException') return {};
    throw error;
  }
}

const DAY_MS = 86_400_000;

function usageOf(
  images: readonly ImageDetail[],
  { usage, notPulledDays }: ImageDetails,
  now: number,
): Pick<RepositoryImages, 'bytes' | 'lastPulledAt' | 'notPulled'> {
  const pulls = images.flatMap(({ lastRecordedPullTime }) => lastRecordedPullTime?.getTime() ?? []);
  const lastPull = pulls.reduce((latest, pull) => Math.max(latest, pull), 0);
  // For an image that was never pulled, the time of its push counts.
  const isUnused = (image: ImageDetail) => {
    return (image.lastRecordedPullTime?.getTime() ?? pushed(image)) < now - (notPulledDays ?? 0) * DAY_MS;
  };
  return {
    ...(usage && { bytes: images.reduce((sum, { imageSizeInBytes = 0 }) => sum + imageSizeInBytes, 0) }),
    ...(usage && lastPull > 0 && { lastPulledAt: new Date(lastPull).toISOString() }),
    ...(notPulledDays !== undefined && { notPulled: { days: notPulledDays, count: images.filter(isUnused).length } }),
  };
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
