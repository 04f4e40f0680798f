import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ImprintError,
  isWindowsManifest,
  type WindowsLock,
  type WindowsManifest,
} from '@imprint/protocol';
import { expect } from 'vitest';
import { type LoadedManifest, loadManifest } from '../../../manifest/index.ts';
import { type ProgressEvent, silentReporter } from '../../../progress.ts';
import { type ContentStore, openContentStore, sha256OfFile } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { buildWindowsFixture, type WindowsFixture } from '../testing/windows-fixture.ts';
import { resolveWindowsLock } from './resolve-windows-lock.ts';

/** What a test asks for beyond the least that makes a manifest. */
interface Wishes {
  readonly image?: string;
  readonly index?: number;
  readonly sha256?: string;
  readonly windows?: string;
  readonly language?: string;
  readonly outputs?: string;
  readonly rest?: string;
}

/** A directory with a fixture's image, a store, and what locks from them. */
export interface LockBench {
  readonly directory: string;
  readonly fixture: WindowsFixture;
  readonly store: ContentStore;
  at(...names: readonly string[]): string;
  /** Writes and loads a manifest; an image elsewhere takes the place of its own. */
  load(wishes?: Wishes, elsewhere?: string): Promise<LoadedManifest<WindowsManifest>>;
  lock(wishes?: Wishes, events?: ProgressEvent[]): Promise<WindowsLock>;
  refusal(wishes: Wishes): Promise<ImprintError>;
  /** Removes what a test put beside the fixture. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A manifest of as many lines whatever is wished, so that a test can name a line. */
function manifestText(wishes: Wishes): string {
  const { image = 'install.wim', index = 1, sha256, windows, language = 'zh_CN', outputs = 'wim' } = wishes;
  const digest = sha256 === undefined ? '' : `, sha256: ${sha256}`;
  return `apiVersion: imprint/v1
edition: test
version: 2026.11.0
title: { en: Test, zh-CN: 测试 }
base:
  windows: { image: '${image}', index: ${index}${digest}${windows === undefined ? '' : `, ${windows}`} }
locale: { language: ${language}.UTF-8, timezone: Asia/Shanghai, keyboard: cn }
trust: { profile: dual }
services: { imprint: https://imprint.example }
outputs: [${outputs}]
${wishes.rest ?? ''}`;
}

/** Names a file's bytes and times; equal before and after means that nothing touched it. */
async function stateOf(path: string): Promise<string> {
  const { mtimeNs, ino, mode } = await stat(path, { bigint: true });
  return [(await sha256OfFile(path)).sha256, mtimeNs, ino, mode].join(' ');
}

async function statesBelow(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const states = await Promise.all(files.map(async (file) => [file, await stateOf(file)] as const));
  return Object.fromEntries(states);
}

/** Makes a medium with ISO 9660 and UDF over the same files, as those of Windows are. */
export async function makeMedium(tree: string, to: string): Promise<string> {
  const argv = ['genisoimage', '-quiet', '-udf', '-iso-level', '3', '-V', 'CCCOMA_X64FRE', '-o', to, tree];
  await runTool(argv);
  return to;
}

/** Opens a bench. The image is checked after every lock and refusal: its bytes and times stay as they were. */
export async function openLockBench(): Promise<LockBench> {
  const directory = await mkdtemp(join(tmpdir(), 'windows-lock-'));
  const fixture = await buildWindowsFixture(join(directory, 'media'));
  const store = openContentStore(join(directory, 'store'));
  const at = (...names: readonly string[]) => join(directory, ...names);
  await mkdir(at('cache'));
  const load: LockBench['load'] = async (wishes = {}, image) => {
    const file = at('media', 'edition.yaml');
    await writeFile(file, manifestText(wishes));
    const loaded = await loadManifest(file, { workspace: at('media'), image });
    const { manifest } = loaded;
    return isWindowsManifest(manifest) ? { ...loaded, manifest } : expect.unreachable('another base');
  };
  const lock: LockBench['lock'] = async (wishes = {}, events) => {
    const loaded = await load(wishes);
    const before = await statesBelow(at('media'));
    try {
      const reporter =
        events === undefined ? silentReporter : (event: ProgressEvent) => void events.push(event);
      return await resolveWindowsLock(loaded, { store, cacheDir: at('cache'), reporter });
    } finally {
      expect(await statesBelow(at('media'))).toEqual(before);
      const left = await readdir(at('cache', 'windows')).catch(() => []);
      expect(left.filter((name) => name.startsWith('lock-'))).toEqual([]);
    }
  };
  const refusal = (wishes: Wishes) =>
    lock(wishes).then(
      () => expect.unreachable('the lock resolved'),
      (error: ImprintError) => error,
    );
  const own = await readdir(at('media'));
  const clear = async () => {
    const others = (await readdir(at('media'))).filter((name) => !own.includes(name));
    for (const name of others) await rm(at('media', name), { recursive: true });
  };
  return {
    load,
    clear,
    directory,
    fixture,
    store,
    at,
    lock,
    refusal,
    close: () => rm(directory, { recursive: true }),
  };
}
