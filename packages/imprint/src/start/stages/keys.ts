import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { exists } from '../../cli/exists.ts';
import { writeDurably } from '../../platform/files.ts';
import { parties } from '../facts.ts';
import type { Stage, StageContext } from '../stage.ts';

/** The passphrase of a demonstration party: in a file beside its key, which no real party would do. */
export const passphraseFile = (keys: string, holder: string) => join(keys, `${holder}.passphrase`);

/** The server's own keys: they sign freshness, licences and virus definitions. */
const services = ['online', 'licensing', 'definitions'];

/** Makes what is missing of the three parties' keys and the server's own. */
export const keys: Stage = {
  id: 'keys',
  title: {
    en: 'keys of vendor, operator and regulator (demonstration parties, all on this machine)',
    'zh-CN': '原厂、运营方、监管方的密钥（演示用签署方，均在本机）',
  },
  async run(context) {
    const made: string[] = [];
    for (const holder of [...parties, ...services]) {
      if (await makeKey(context, holder)) made.push(holder);
    }
    return made.length === 0 ? { state: 'kept' } : { state: 'done', note: made.join(', ') };
  },
};

async function makeKey({ home, driver }: StageContext, holder: string): Promise<boolean> {
  if (await exists(join(home.keys, `${holder}.key.json`))) return false;
  if (services.includes(holder)) {
    await driver.run(['key', 'new', holder, '--online']);
    return true;
  }
  const file = passphraseFile(home.keys, holder);
  if (!(await exists(file))) await writeDurably(file, `${randomBytes(24).toString('base64url')}\n`, 0o600);
  await driver.run(['key', 'new', holder, '--passphrase-file', file]);
  return true;
}
