import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sha256Hex } from '@imprint/trust';
import { exists } from '../../cli/exists.ts';
import { releasePaths } from '../../rooms/release/index.ts';
import { editionDirectory } from '../facts.ts';
import type { Stage } from '../stage.ts';
import { passphraseFile } from './keys.ts';

/** Has the vendor sign what an edition may change in its core. */
export const agreement: Stage = {
  id: 'agreement',
  title: { en: 'the vendor agrees what may change', 'zh-CN': '原厂同意可变内容' },
  async run({ root, home, driver }) {
    const file = join(root, editionDirectory, 'vendor-policy.json');
    const sha256 = sha256Hex(await readFile(file));
    if (await exists(join(releasePaths(home).policies, `${sha256}.dsse.json`))) return { state: 'kept' };
    const key = ['--key', 'vendor', '--passphrase-file', passphraseFile(home.keys, 'vendor')];
    await driver.run(['vendor', 'sign-policy', relative(root, file), ...key]);
    return { state: 'done', note: `sha256:${sha256.slice(0, 16)}…` };
  },
};
