import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { httpFetch, type LoopbackServer, serveFiles } from '../testing/http.ts';
import {
  manifestBytes,
  newWorld,
  now,
  publish,
  roleSigners,
  signedRoot,
  targetPath,
  type World,
} from '../testing/world.ts';
import { memoryCache } from './cache.ts';
import { type RefreshOptions, refreshTuf } from './client.ts';
import { downloadTarget } from './download.ts';
import { encodeMetadata } from './parse.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

let world: World;
let server: LoopbackServer;
let directory: string;
let pinned: Uint8Array;

async function start(profile: 'intl' | 'national' | 'dual'): Promise<void> {
  world = newWorld(profile);
  pinned = encodeMetadata(signedRoot(world));
  server = await serveFiles(world.files);
  directory = await mkdtemp(join(tmpdir(), 'imprint-tuf-js-'));
  await writeFile(join(directory, 'root.json'), pinned);
}

const ours = (): RefreshOptions => ({
  trustedRoot: pinned,
  cache: memoryCache(),
  fetch: httpFetch(server.url),
  now,
});

function theirs(): Updater {
  return new Updater({
    metadataDir: directory,
    metadataBaseUrl: `${server.url}/metadata`,
    targetDir: directory,
    targetBaseUrl: `${server.url}/targets`,
    config: { fetchRetries: 0 },
  });
}

async function theirTarget(updater: Updater): Promise<Buffer> {
  const info = await updater.getTargetInfo(targetPath);
  if (info === undefined) throw new Error('no target');
  return readFile(await updater.downloadTarget(info, join(directory, 'downloaded')));
}

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

describe.each(['intl', 'dual'] as const)('tuf-js and ours, over HTTP, profile %s', (profile) => {
  test('both accept a release, and the next after a new root', async () => {
    await start(profile);
    publish(world);
    const options = ours();
    const trusted = await refreshTuf(options);
    const updater = theirs();
    await updater.refresh();
    expect(await theirTarget(updater)).toEqual(
      Buffer.from(await downloadTarget(trusted, targetPath, options.fetch)),
    );
    const next = manifestBytes({ sequence: 2 });
    publish(world, { version: 2, root: signedRoot(world, 2), releaseBytes: next });
    const again = await refreshTuf(options);
    expect(again.root.signed.version).toBe(2);
    const laterUpdater = theirs();
    await laterUpdater.refresh();
    expect(await theirTarget(laterUpdater)).toEqual(
      Buffer.from(await downloadTarget(again, targetPath, options.fetch)),
    );
  });

  test('both refuse a release of two parties', async () => {
    await start(profile);
    publish(world, { releaseSigners: roleSigners(world, ['vendor', 'operator']) });
    await expect(refreshTuf(ours())).rejects.toThrow(code('TRUST_TUF_THRESHOLD'));
    const updater = theirs();
    await updater.refresh();
    await expect(updater.getTargetInfo(targetPath)).rejects.toThrow();
  });

  test('both refuse an expired timestamp and an older one', async () => {
    await start(profile);
    publish(world, { expires: { timestamp: '2026-11-23T00:00:00Z' } });
    await expect(refreshTuf(ours())).rejects.toThrow(code('TRUST_TUF_EXPIRED'));
    await expect(theirs().refresh()).rejects.toThrow();
    publish(world, { version: 3 });
    const options = ours();
    await refreshTuf(options);
    await theirs().refresh();
    publish(world, { version: 2 });
    await expect(refreshTuf(options)).rejects.toThrow(code('TRUST_TUF_ROLLBACK'));
    await expect(theirs().refresh()).rejects.toThrow();
  });
});

test('tuf-js fails closed on a repository of profile national, whose only keys are SM2', async () => {
  await start('national');
  publish(world);
  expect((await refreshTuf(ours())).timestamp.signed.version).toBe(1);
  expect(theirs).toThrow('0/3 keys');
});

test('an endless file is cut off at its limit', async () => {
  await start('intl');
  publish(world);
  for (const path of [
    'metadata/2.root.json',
    'metadata/timestamp.json',
    'metadata/1.snapshot.json',
    'metadata/1.release.json',
  ]) {
    server.endless = path;
    await expect(refreshTuf(ours())).rejects.toThrow(code('TRUST_TUF_SIZE'));
  }
  expect(server.sentBytes()).toBeLessThan(64 << 20);
});
