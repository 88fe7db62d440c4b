import { BatchDeleteImageCommand, type ECRClient, ListImagesCommand, PutImageCommand } from '@aws-sdk/client-ecr';

const MANIFEST = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.oci.empty.v1+json',
    size: 2,
    digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  },
  layers: [],
};

/** Puts an image into a repository. */
export async function putImage(ecr: ECRClient, repositoryName: string): Promise<void> {
  const imageManifest = JSON.stringify(MANIFEST);
  await ecr.send(new PutImageCommand({ repositoryName, imageTag: 'v1', imageManifest }));
}

/** Deletes that image. */
export async function deleteImage(ecr: ECRClient, repositoryName: string): Promise<void> {
  await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
}

/** The digests of the images in a repository. */
export async function imagesIn(ecr: ECRClient, repositoryName: string): Promise<string[]> {
  const { imageIds = [] } = await ecr.send(new ListImagesCommand({ repositoryName }));
  return imageIds.map(({ imageDigest = '' }) => imageDigest).sort();
}
