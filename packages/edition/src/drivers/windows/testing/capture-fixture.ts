import { runTool } from '../../../tools/run-tool.ts';
import type { WindowsVersionFacts } from './fixture-hives.ts';
import { filetime } from './fixture-stage.ts';

/** What the WIM's XML says of an image. */
export interface FixtureImage extends WindowsVersionFacts {
  readonly name: string;
  readonly flags: string;
}

function properties(image: FixtureImage): string[] {
  const windows = {
    ARCH: '9',
    PRODUCTNAME: 'Microsoft® Windows® Operating System',
    EDITIONID: image.editionId,
    INSTALLATIONTYPE: 'Client',
    PRODUCTTYPE: 'WinNT',
    PRODUCTSUITE: 'Terminal Server',
    'LANGUAGES/LANGUAGE[1]': 'zh-CN',
    'LANGUAGES/LANGUAGE[2]': 'en-US',
    'LANGUAGES/DEFAULT': 'zh-CN',
    'VERSION/MAJOR': '10',
    'VERSION/MINOR': '0',
    'VERSION/BUILD': String(image.build),
    'VERSION/SPBUILD': String(image.revision),
    'VERSION/SPLEVEL': '0',
    SYSTEMROOT: 'WINDOWS',
  };
  return [
    ...Object.entries(windows).map(([name, value]) => `WINDOWS/${name}=${value}`),
    `FLAGS=${image.flags}`,
    `DISPLAYNAME=${image.name}`,
    `DISPLAYDESCRIPTION=${image.name}`,
  ];
}

function timeProperties(epochSeconds: number): string[] {
  const value = filetime(epochSeconds);
  const part = (bits: bigint) => `0x${bits.toString(16).toUpperCase().padStart(8, '0')}`;
  return ['CREATIONTIME', 'LASTMODIFICATIONTIME'].flatMap((name) => [
    `${name}/HIGHPART=${part(value >> 32n)}`,
    `${name}/LOWPART=${part(value & 0xffffffffn)}`,
  ]);
}

const asOptions = (list: readonly string[]) => list.map((property) => `--image-property=${property}`);

/** Captures a directory or an NTFS image into the WIM: a new one for the first image, appended after that. */
export async function captureImage(options: {
  readonly source: string;
  readonly wim: string;
  readonly index: number;
  readonly image: FixtureImage;
  readonly hasAcls: boolean;
}): Promise<void> {
  const { source, wim, index, image } = options;
  const compression = index === 1 ? ['--compress=LZX:20'] : [];
  await runTool([
    'wimlib-imagex',
    index === 1 ? 'capture' : 'append',
    source,
    wim,
    image.name,
    image.name,
    ...compression,
    ...(options.hasAcls ? [] : ['--no-acls']),
    '--nocheck',
    ...asOptions(properties(image)),
  ]);
}

/** Sets creation and modification times of an image in the XML, which wimlib takes from the clock. */
export async function pinImageTimes(wim: string, index: number, epochSeconds: number): Promise<void> {
  await runTool(['wimlib-imagex', 'info', wim, String(index), ...asOptions(timeProperties(epochSeconds))]);
}
