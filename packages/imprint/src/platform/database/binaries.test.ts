import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findBinaries } from './binaries.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-binaries-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('says what to install when there is no PostgreSQL', async () => {
  const nowhere = { account: undefined, copyBelow: directory, systemRoot: directory };
  await expect(findBinaries({ ...nowhere, origins: ['system'] })).rejects.toMatchObject({
    code: 'DB_BINARIES_MISSING',
  });
});

it('falls back to the bundled binaries', async () => {
  const found = await findBinaries({ account: undefined, copyBelow: directory, systemRoot: directory });
  expect(found).toMatchObject({ origin: 'bundled', major: 18 });
});

it.runIf(process.getuid?.() === 0)('copies them, links and all, to where the account can read', async () => {
  // An account that can enter nothing but what is open to everyone stands for a package below a closed home.
  const account = { name: 'stranger', uid: 65_534, gid: 65_534 };
  await expect(
    findBinaries({ account, copyBelow: directory, systemRoot: directory, forceCopy: true }),
  ).resolves.toMatchObject({ directory: join(directory, 'postgresql', 'bin') });
  expect(await readdir(join(directory, 'postgresql', 'lib'))).toContain('libpq.so.5');
});
