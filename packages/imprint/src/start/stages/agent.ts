import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '@imprint/edition';
import { exists } from '../../cli/exists.ts';
import type { Stage } from '../stage.ts';

const digestOf = async (file: string) =>
  (await exists(file))
    ? createHash('sha256')
        .update(await readFile(file))
        .digest('hex')
    : undefined;

/** Bundles the agent and packs it as the Debian package that the edition carries; the same sources give the same bytes. */
export const agent: Stage = {
  id: 'agent',
  title: { en: 'pack the device agent', 'zh-CN': '打包设备代理' },
  async run({ root, signal, command }) {
    const deb = join(root, 'dist/imprint-agent.deb');
    const before = await digestOf(deb);
    command('npm run build:agent');
    await runTool([process.execPath, join(root, 'tools/build-agent.ts')], { cwd: root, signal });
    const bytes = await readFile(deb);
    const state = (await digestOf(deb)) === before ? 'kept' : 'done';
    return { state, sizeBytes: bytes.length };
  },
};
