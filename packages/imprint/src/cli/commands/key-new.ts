import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CryptoProfile, LocalizedText } from '@imprint/protocol';
import { sealKeyFile } from '@imprint/trust';
import { writeDurably } from '../../platform/files.ts';
import type { Command } from '../command.ts';
import { cliError } from '../errors.ts';
import { exists } from '../exists.ts';
import { keyFileOf, publicKeyLines } from '../key-files.ts';
import { newPassphrase, passphraseFlag } from '../passphrase.ts';

/** What a holder should know about what was just written. */
const advice = {
  own: {
    en: 'keep it and its passphrase apart; a forgotten passphrase cannot be recovered',
    'zh-CN': '密钥文件与口令请分开保管；遗忘的口令无法找回',
  },
  online: {
    en: 'this key signs freshness only, never a release; this account alone can read it',
    'zh-CN': '此密钥只签署时效信息，从不签署发布；仅本账户可读',
  },
  licensing: {
    en: 'this key signs licences only, never a release; pin it with imprint trust init; this account alone can read it',
    'zh-CN': '此密钥只签署许可，从不签署发布；请用 imprint trust init 固定；仅本账户可读',
  },
  definitions: {
    en: 'this key signs virus definitions only, never a release; pin it with imprint trust init; this account alone can read it',
    'zh-CN': '此密钥只签署病毒库，从不签署发布；请用 imprint trust init 固定；仅本账户可读',
  },
};

function adviceFor(holder: string, online: boolean): LocalizedText {
  if (!online) return advice.own;
  return holder === 'licensing' || holder === 'definitions' ? advice[holder] : advice.online;
}

export const keyNew: Command = {
  name: 'key new',
  summary: { en: 'make a key file, encrypted by a passphrase', 'zh-CN': '生成由口令加密的密钥文件' },
  description: [
    {
      en: 'The file holds one key for each suite of the profile: Ed25519, SM2 with SM3, or both. Only its holder keeps it; everyone else gets what "imprint key show" prints.',
      'zh-CN':
        '文件内含配置所需的每种密钥：Ed25519、SM2（配 SM3）或两者。仅由持有者保管；其他人只需 “imprint key show” 的输出。',
    },
  ],
  args: [
    {
      name: 'HOLDER',
      summary: { en: 'who holds it, for instance operator', 'zh-CN': '持有者，例如 operator' },
    },
  ],
  flags: [
    {
      name: 'profile',
      type: 'string',
      value: 'PROFILE',
      choices: ['intl', 'national', 'dual'],
      summary: { en: 'signature suites, default dual', 'zh-CN': '签名算法配置，默认 dual' },
    },
    {
      name: 'out',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'where to write it, default keys/HOLDER.key.json',
        'zh-CN': '写入位置，默认 keys/HOLDER.key.json',
      },
    },
    {
      name: 'online',
      type: 'boolean',
      summary: {
        en: 'a service key: its passphrase is made and kept beside it, readable by this account only',
        'zh-CN': '服务密钥：自动生成口令并存于其旁，仅本账户可读',
      },
    },
    passphraseFlag,
  ],
  examples: [
    {
      line: 'imprint key new operator --profile dual',
      summary: { en: "the operator's key, passphrase asked", 'zh-CN': '运营方密钥，口令由终端输入' },
    },
    {
      line: 'imprint key new online --online',
      summary: { en: 'the key that signs timestamp and snapshot', 'zh-CN': '签署时间戳与快照的密钥' },
    },
    {
      line: 'imprint key new licensing --online',
      summary: { en: 'the key that signs licences', 'zh-CN': '签署许可的密钥' },
    },
  ],
  async run(input) {
    const { context } = input;
    const holder = input.argument('HOLDER');
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(holder)) throw cliError('CLI_HOLDER_NAME', { got: holder });
    const profile = (input.text('profile') ?? 'dual') as CryptoProfile;
    const given = input.text('out');
    const file = given === undefined ? keyFileOf(context, holder) : context.path(given);
    if (await exists(file)) throw cliError('CLI_FILE_EXISTS', { file });
    const online = input.has('online');
    const passphrase = online ? randomBytes(32).toString('base64url') : await newPassphrase(input, holder);
    const { text, publicKeys } = sealKeyFile({
      holder,
      profile,
      passphrase,
      createdAt: context.now().toISOString(),
    });
    // The passphrase first: a key file without it would be lost, a passphrase without a key file is only a spare.
    if (online) await writeDurably(join(context.home.keys, `${holder}.passphrase`), `${passphrase}\n`, 0o600);
    await writeDurably(file, text, 0o600);
    return {
      data: { file, holder, profile, publicKeys },
      text: [
        context.say({ en: `wrote ${file}`, 'zh-CN': `已写入 ${file}` }),
        ...publicKeyLines(publicKeys),
        context.say(adviceFor(holder, online)),
      ],
    };
  },
};
