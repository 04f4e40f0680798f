import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError, type LockedArchive } from '@imprint/protocol';
import type { Archive } from '../drivers/debian/data/archives.ts';
import { storeError } from '../store/errors.ts';
import { runTool, runToolText } from '../tools/run-tool.ts';
import { type AptRun, openAptRun, publishIndexes } from './apt-run.ts';
import { lockError } from './errors.ts';
import { type ArchiveName, type PackageIndex, readPackageIndex } from './package-index.ts';

/** An apt of our own: its directories, configuration and trust, none of the machine's. */
export interface Apt {
  readonly directory: string;
  readonly run: AptRun;
  readonly archives: readonly Archive[];
  readonly keyring: string;
  readonly signal: AbortSignal | undefined;
}

function configuration(directory: string): string {
  const settings: Record<string, string> = {
    Dir: directory,
    'Dir::State': 'state/',
    'Dir::State::lists': 'lists/',
    'Dir::State::status': join(directory, 'status'),
    'Dir::Cache': 'cache/',
    'Dir::Etc': 'etc/',
    'Dir::Etc::trusted': '/dev/null',
    'APT::Architecture': 'amd64',
    'APT::Install-Recommends': 'false',
    'APT::Install-Suggests': 'false',
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::PDiffs': 'false',
    'Acquire::GzipIndexes': 'false',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '30',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  return ['#clear APT::Architectures;', 'APT::Architectures { "amd64"; };', ...lines, ''].join('\n');
}

/** Prepares a run of apt below `cacheDir`; it must be closed. */
export async function prepareApt(
  cacheDir: string,
  archives: readonly Archive[],
  keyring: string,
  signal?: AbortSignal,
): Promise<Apt> {
  if (!existsSync(keyring)) throw lockError('LOCK_KEYRING_MISSING', { keyring });
  const key = createHash('sha256').update(JSON.stringify(archives)).digest('hex').slice(0, 16);
  const run = await openAptRun(join(cacheDir, 'apt', key));
  const { directory } = run;
  const sources = archives.map(({ mirror, suite }) => `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  await writeFile(join(directory, 'apt.conf'), configuration(directory));
  await writeFile(join(directory, 'etc', 'sources.list'), sources.join(''));
  await writeFile(join(directory, 'status'), '');
  return { directory, run, archives, keyring, signal };
}

/** Runs apt with its private configuration; the machine's is not read. */
export async function runApt(apt: Apt, argv: readonly string[], options: Parameters<typeof runTool>[1] = {}) {
  const env = { APT_CONFIG: join(apt.directory, 'apt.conf') };
  return runTool(argv, { ...options, env, cwd: apt.directory, signal: apt.signal });
}

/** Sentences apt prints when an index cannot be had, most telling first. */
const updateFailures = [
  [/NO_PUBKEY|public key is not available|Missing key/i, 'LOCK_ARCHIVE_KEY_MISSING'],
  [/is expired|is not valid yet|invalid for another/i, 'LOCK_ARCHIVE_EXPIRED'],
  [/BADSIG|EXPKEYSIG|REVKEYSIG|not signed|GPG error|signature|verif/i, 'LOCK_ARCHIVE_SIGNATURE'],
  [/^[EW]:/, 'LOCK_ARCHIVE_UNREACHABLE'],
] as const;

function updateError(apt: Apt, lines: readonly string[], cause: unknown) {
  if (lines.some((line) => line.includes('No space left on device')))
    return storeError('STORE_FULL', { name: 'the archive indexes', directory: apt.directory }, { cause });
  for (const [pattern, code] of updateFailures) {
    const line = lines.find((candidate) => pattern.test(candidate));
    if (line === undefined) continue;
    const archive = apt.archives.find(
      ({ mirror, suite }) =>
        line.includes(`${mirror} ${suite} `) || line.includes(`${mirror}/dists/${suite}/`),
    );
    const name = archive?.suite ?? apt.archives.map(({ suite }) => suite).join(', ');
    const params = { archive: name, reason: line.replace(/^[EWN]:\s*/, ''), keyring: apt.keyring };
    return lockError(code, params, { cause });
  }
  return cause;
}

/**
 * Brings the signed indexes up to date; old ones are never used in place of one that cannot be had.
 *
 * @throws LOCK_ARCHIVE_KEY_MISSING, LOCK_ARCHIVE_SIGNATURE, LOCK_ARCHIVE_EXPIRED, LOCK_ARCHIVE_UNREACHABLE
 */
export async function updateIndexes(apt: Apt): Promise<void> {
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  try {
    await runApt(apt, ['apt-get', 'update', '--quiet=2'], { onLine });
    await publishIndexes(apt.run);
  } catch (error) {
    throw isImprintError(error, 'TOOL_FAILED') ? updateError(apt, lines, error) : error;
  }
}

/** apt's name of an index below `lists/`: the address without its scheme, some characters quoted, `/` as `_`. */
function listPath(apt: Apt, { mirror, suite }: Archive, file: string): string {
  const address = `${mirror.replace(/^[a-z+]+:\/\//, '')}/dists/${suite}/${file}`;
  const quoted = address.replace(
    /[\\|{}[\]<>"^~_=!@#$%&*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  return join(apt.run.lists, quoted.replaceAll('/', '_'));
}

export async function indexOf(apt: Apt): Promise<PackageIndex> {
  const lists = apt.archives.map((archive) => ({
    archive: archive.archive as ArchiveName,
    path: listPath(apt, archive, 'main/binary-amd64/Packages'),
  }));
  // apt keeps no file of an archive that is empty.
  return readPackageIndex(lists.filter(({ path }) => existsSync(path)));
}

/** The signed indexes as they are now: each by the digest of its `InRelease` and with its date. */
export async function lockedArchives(apt: Apt): Promise<LockedArchive[]> {
  return Promise.all(
    apt.archives.map(async (archive) => {
      const bytes = await readFile(listPath(apt, archive, 'InRelease'));
      const date = /^Date: (.+)$/m.exec(bytes.toString('utf8'))?.[1];
      const inReleaseSha256 = createHash('sha256').update(bytes).digest('hex');
      return { ...archive, inReleaseSha256, date: new Date(date ?? 0).toISOString() };
    }),
  );
}

/** Pins names so that the solver never takes them. Source: apt_preferences(5). */
export async function pinOut(apt: Apt, names: readonly string[]): Promise<void> {
  const file = join(apt.directory, 'etc', 'preferences');
  await rm(file, { force: true });
  const pins = names.map((name) => `Package: ${name}\nPin: release *\nPin-Priority: -1\n`);
  if (pins.length > 0) await writeFile(file, pins.join('\n'));
}

/** A field of a package file, or undefined if the file is no package. */
export async function debField(
  path: string,
  field: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await runToolText(['dpkg-deb', '--field', path, field], { signal })).trim();
  } catch (error) {
    if (isImprintError(error, 'TOOL_FAILED')) return undefined;
    throw error;
  }
}
