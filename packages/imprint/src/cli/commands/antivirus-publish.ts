import { openServiceKey } from '../../platform/service-key.ts';
import { publishDefinitions, releasePaths } from '../../rooms/release/index.ts';
import type { Command, Input } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { keyFileOf, keyFlag, type OpenedKey, openNamedKey } from '../key-files.ts';
import { passphraseFlag } from '../passphrase.ts';
import { optionalCountOf } from '../whole-number.ts';

const holder = 'definitions';

/** The key named, or else this server's own definitions key. */
async function signingKey(input: Input): Promise<OpenedKey> {
  const named = input.text('key');
  if (named !== undefined) return openNamedKey(input, named);
  const { context } = input;
  const signers = await openServiceKey(context.home.keys, holder);
  return signers === undefined ? openNamedKey(input, keyFileOf(context, holder)) : { holder, signers };
}

export const antivirusPublish: Command = {
  name: 'antivirus publish',
  summary: {
    en: 'sign virus definitions and publish them for a ring',
    'zh-CN': '签署病毒库并发布到某环',
  },
  description: [
    {
      en: 'Devices take a set only if a key pinned in root signed it for their ring, and never go back. For ClamAV the same files also stand as a mirror for an unmodified freshclam; official databases are carried in and stay as their vendor signed them.',
      'zh-CN':
        '设备仅接受由根所固定的密钥为其所在环签署的病毒库，且绝不回退。对 ClamAV，同样的文件也作为镜像供未经修改的 freshclam 使用；官方数据库由外部带入，保持其厂商签名不变。',
    },
    {
      en: 'A set that one ring has proven goes to the next with --from: the same files under the same number, signed for that ring.',
      'zh-CN': '某环验证过的病毒库用 --from 推进到下一环：相同文件、相同编号，并为该环签名。',
    },
  ],
  args: [
    { name: 'EDITION', summary: { en: 'name of the edition', 'zh-CN': '版本名称' } },
    {
      name: 'DIR',
      optional: true,
      summary: {
        en: 'directory of its files; not with --from',
        'zh-CN': '文件所在目录；与 --from 不同时使用',
      },
    },
  ],
  flags: [
    {
      name: 'ring',
      type: 'string',
      value: 'NAME',
      required: true,
      summary: { en: 'whose devices take it', 'zh-CN': '接受该病毒库的环' },
    },
    {
      name: 'from',
      type: 'string',
      value: 'RING',
      summary: { en: 'publish the set that this ring has', 'zh-CN': '发布该环现有的病毒库' },
    },
    {
      name: 'provider',
      type: 'string',
      value: 'NAME',
      summary: { en: 'whose definitions they are, default clamav', 'zh-CN': '病毒库所属产品，默认 clamav' },
    },
    {
      name: 'version',
      type: 'string',
      value: 'VERSION',
      summary: { en: 'default the day and its number', 'zh-CN': '默认为日期与编号' },
    },
    {
      name: 'sequence',
      type: 'string',
      value: 'N',
      summary: { en: 'default one more than any ring has', 'zh-CN': '默认比所有环的编号多一' },
    },
    keyFlag,
    passphraseFlag,
  ],
  examples: [
    {
      line: 'imprint antivirus publish gov-base dist/antivirus --ring canary',
      summary: { en: 'a new set for the first ring', 'zh-CN': '为首环发布新病毒库' },
    },
    {
      line: 'imprint antivirus publish gov-base --from canary --ring broad',
      summary: { en: 'the same set for the next one', 'zh-CN': '将同一病毒库推进到下一环' },
    },
  ],
  async run(input) {
    const { context } = input;
    const [from, directory] = [input.text('from'), input.optionalArgument('DIR')];
    if ((from === undefined) === (directory === undefined))
      throw cliError('CLI_ONE_OF', {
        choices: 'DIR, --from',
        got: from === undefined ? 'none' : 'both',
        command: 'antivirus publish',
      });
    const { manifest, path, mirror } = await publishDefinitions({
      paths: releasePaths(context.home),
      edition: input.argument('EDITION'),
      provider: input.text('provider') ?? 'clamav',
      ring: input.requiredText('ring'),
      source: from === undefined ? { directory: context.path(directory ?? '') } : { ring: from },
      version: input.text('version'),
      sequence: optionalCountOf('sequence', input.text('sequence'), { most: Number.MAX_SAFE_INTEGER }),
      ...(await signingKey(input)),
      now: context.now(),
    });
    return {
      data: { manifest, path, mirror },
      text: columns([
        [context.say({ en: 'definitions', 'zh-CN': '病毒库' }), `${manifest.provider} ${manifest.version}`],
        [context.say({ en: 'ring', 'zh-CN': '环' }), `${manifest.ring} (${manifest.sequence})`],
        [context.say({ en: 'files', 'zh-CN': '文件' }), String(manifest.files.length)],
        [context.say({ en: 'published', 'zh-CN': '已发布' }), path],
        ...(mirror === undefined ? [] : [['freshclam', `${mirror}/`] as [string, string]]),
      ]),
    };
  },
};
