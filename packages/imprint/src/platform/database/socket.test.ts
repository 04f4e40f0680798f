import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { socketDirectory } from './socket.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'imprint-socket-'));
});
afterEach(() => rm(parent, { recursive: true }));

it('is inside the cluster when a socket path can be that long, else short, always closed to others', async () => {
  const near = await socketDirectory(parent, undefined);
  expect(near).toBe(join(parent, 'socket'));
  const deep = join(parent, 'a'.repeat(60), 'b'.repeat(60));
  await mkdir(deep, { recursive: true });
  const far = await socketDirectory(deep, undefined);
  expect(await socketDirectory(deep, undefined)).toBe(far);
  for (const path of [near, far]) {
    expect(Buffer.byteLength(`${path}/.s.PGSQL.5432.lock`)).toBeLessThan(108);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  }
  await rm(far, { recursive: true });
});
