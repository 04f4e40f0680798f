import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImprintError, isWindowsLock, type WindowsLock } from '@imprint/protocol';
import { expect } from 'vitest';
import { resolveLock } from '../../../lock/index.ts';
import { loadManifest } from '../../../manifest/index.ts';
import { type ProgressEvent, silentReporter } from '../../../progress.ts';
import { type ContentStore, openContentStore, sha256OfFile } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { buildWindowsFixture, type WindowsFixture } from '../testing/windows-fixture.ts';

/** What a test asks for beyond the least that makes a manifest. */
export interface Wishes {
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
  lock(wishes?: Wishes, events?: ProgressEvent[], signal?: AbortSignal): Promise<WindowsLock>;
  refusal(wishes: Wishes): Promise<ImprintError>;
  close(): Promise<void>;
}

/** A manifest of as many lines whatever is wished, so that a test can name a line. */
export function manifestText(wishes: Wishes): string {
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
export async function stateOf(path: string): Promise<string> {
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
  const lock: LockBench['lock'] = async (wishes = {}, events, signal) => {
    const file = at('media', 'edition.yaml');
    await writeFile(file, manifestText(wishes));
    const before = await statesBelow(at('media'));
    try {
      const loaded = await loadManifest(file, { workspace: at('media') });
      const reporter =
        events === undefined ? silentReporter : (event: ProgressEvent) => void events.push(event);
      const locked = await resolveLock(loaded, { store, cacheDir: at('cache'), reporter, signal });
      return isWindowsLock(locked) ? locked : expect.unreachable('another base');
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
  return { directory, fixture, store, at, lock, refusal, close: () => rm(directory, { recursive: true }) };
}
