import type { DebianLock } from '@imprint/protocol';
import type { ContentStore } from '../store/index.ts';
import { runTool } from '../tools/run-tool.ts';
import { deployError } from './errors.ts';

const bootLoader = [
  ...['grub-common', 'grub-efi-amd64-signed', 'grub-pc-bin'],
  ...['shim-helpers-amd64-signed', 'shim-signed'],
];
const itsLibraries = [
  ...['libc6', 'libcap2', 'libdevmapper1.02.1', 'libgcc-s1', 'liblzma5', 'libpcre2-8-0'],
  ...['libselinux1', 'libudev1'],
];

/**
 * Unpacks the boot loader of an edition's lock below a directory. Nothing is installed, and nothing of the host is in it.
 * @throws DEPLOY_TOOL_ABSENT, TOOL_MISSING, TOOL_FAILED
 */
export async function unpackTools(
  lock: DebianLock,
  store: ContentStore,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const all = [...lock.tools, ...lock.base, ...lock.packages];
  for (const name of bootLoader)
    if (!all.some((one) => one.name === name)) throw deployError('DEPLOY_TOOL_ABSENT', { path: name });
  for (const { name, sha256 } of all) {
    if (![...bootLoader, ...itsLibraries].includes(name)) continue;
    await runTool(['dpkg-deb', '--extract', store.path(sha256), directory], { signal });
  }
}

/** The start of a command line that runs one of those tools by its own loader and libraries. */
export function unpackedTool(directory: string, program: string): string[] {
  const libraries = `${directory}/usr/lib/x86_64-linux-gnu`;
  return [`${libraries}/ld-linux-x86-64.so.2`, '--library-path', libraries, `${directory}/${program}`];
}
