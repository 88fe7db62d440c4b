import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Architecture, type DebianPackage, NODE_VERSION, nodePackage } from './fetch.ts';

/** What a software bill of materials is about. */
export interface SbomSubject {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly architecture: Architecture;
  /** The digest of the image. */
  readonly digest: string;
  /** The folders, as the lock file names them, of the npm packages in the bundle. */
  readonly packages: readonly string[];
  readonly debian: readonly DebianPackage[];
}

interface SpdxPackage {
  readonly name: string;
  readonly versionInfo: string;
  readonly license: string;
  readonly purl: string;
  readonly checksum?: { readonly algorithm: 'SHA256' | 'SHA512'; readonly checksumValue: string };
}

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
    }),
  ),
});

/** Writes an SPDX 2.3 document: the function, the npm packages in its bundle, Node, and the Debian packages beside it. */
export async function writeSbom(subject: SbomSubject, lockFile: string): Promise<string> {
  const lock = lockSchema.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  const bundled = subject.packages.map((folder) => {
    const { version, license, integrity } = lock.packages[folder] ?? {};
    if (version === undefined) throw new Error(`cannot list ${folder}: ${lockFile} does not have it; run npm ci`);
    return npmPackage(nameAt(folder), version, license, integrity);
  });
  const { name, integrity } = nodePackage(subject.architecture);
  const parts = [
    ...bundled,
    npmPackage(name, NODE_VERSION, 'MIT', integrity),
    ...subject.debian.map((one) => debianPackage(one, subject.architecture)),
  ];
  return `${JSON.stringify(document(subject, parts), undefined, 2)}\n`;
}

function nameAt(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function npmPackage(name: string, version: string, license = 'NOASSERTION', integrity?: string): SpdxPackage {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const base = { name, versionInfo: version, license, purl };
  if (!integrity?.startsWith('sha512-')) return base;
  const checksumValue = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  return { ...base, checksum: { algorithm: 'SHA512', checksumValue } };
}

function debianPackage({ name, version, sha256 }: DebianPackage, architecture: Architecture): SpdxPackage {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=bookworm`;
  const checksum = { algorithm: 'SHA256', checksumValue: sha256 } as const;
  return { name, versionInfo: version, license: 'NOASSERTION', purl, checksum };
}

function document(subject: SbomSubject, parts: readonly SpdxPackage[]): unknown {
  const { name, version, license, architecture, digest } = subject;
  const itself = {
    name,
    versionInfo: version,
    license,
    purl: `pkg:oci/${name}@${digest.replace(':', '%3A')}?arch=${architecture}`,
  };
  const packages = [itself, ...parts].map((part, index) => spdxPackage(part, index));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${name}-${version}-${architecture}`,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${version}-${architecture}-${digest.slice('sha256:'.length)}`,
    // A time of its own would make each build another one.
    creationInfo: { created: '1970-01-01T00:00:00Z', creators: [`Tool: ${name}-${version}`] },
    documentDescribes: ['SPDXRef-Package-0'],
    packages,
    relationships: packages.map(({ SPDXID }, index) =>
      index === 0
        ? { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: SPDXID }
        : { spdxElementId: 'SPDXRef-Package-0', relationshipType: 'CONTAINS', relatedSpdxElement: SPDXID },
    ),
  };
}

function spdxPackage({ name, versionInfo, license, purl, checksum }: SpdxPackage, index: number) {
  return {
    SPDXID: `SPDXRef-Package-${index}`,
    name,
    versionInfo,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: /^[\w.+() -]+$/.test(license) ? license : 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
    ...(checksum === undefined ? {} : { checksums: [checksum] }),
  };
}
