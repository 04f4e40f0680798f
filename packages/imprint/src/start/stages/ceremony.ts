import { isImprintError } from '@imprint/protocol';
import { readDraft, releasePaths } from '../../rooms/release/index.ts';
import { parties } from '../facts.ts';
import type { Stage, StageContext } from '../stage.ts';
import { passphraseFile } from './keys.ts';

/** Makes the root of trust, and has each party sign it. */
export const ceremony: Stage = {
  id: 'ceremony',
  title: { en: 'root ceremony: who must consent', 'zh-CN': '根仪式：确定必须同意的各方' },
  async run(context) {
    const { home, driver } = context;
    const before = await missingParties(context);
    if (before?.length === 0) return { state: 'kept' };
    if (before === undefined) {
      await driver.run(['trust', 'init', ...parties.flatMap((party) => ['--party', party])]);
    }
    for (const party of before ?? parties) {
      const passphrase = ['--passphrase-file', passphraseFile(home.keys, party)];
      await driver.run(['trust', 'sign-root', '--key', party, ...passphrase]);
    }
    return { state: 'done', note: (before ?? parties).join(', ') };
  },
};

/** Parties that have not signed the root; undefined when there is none. */
async function missingParties({ home }: StageContext): Promise<readonly string[] | undefined> {
  try {
    return (await readDraft(releasePaths(home).root)).missing;
  } catch (error) {
    if (isImprintError(error, 'RELEASE_ROOT_MISSING')) return undefined;
    throw error;
  }
}
