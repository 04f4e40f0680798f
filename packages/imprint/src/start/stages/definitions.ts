import { join } from 'node:path';
import { editionDirectory } from '../facts.ts';
import type { Stage } from '../stage.ts';

/** Packs the edition's virus definitions; a set of today's is kept, since devices judge protection by its age. */
export const definitions: Stage = {
  id: 'definitions',
  title: { en: "pack the edition's virus definitions", 'zh-CN': '打包发行版的病毒库' },
  async run({ root, driver }) {
    const source = join(editionDirectory, 'antivirus');
    const out = join(root, 'dist/antivirus');
    const answer = await driver.run(['antivirus', 'pack', source, '--out', out, '--keep']);
    const { state, version } = answer as { state: 'packed' | 'kept'; version: string };
    return { state: state === 'kept' ? 'kept' : 'done', note: version };
  },
};
