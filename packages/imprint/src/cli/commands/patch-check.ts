import { join } from 'node:path';
import { isSignedBy, judgeServed, parseRelease, publicKeyName, readPublishedSuite } from '@imprint/edition';
import type { LocalizedText } from '@imprint/protocol';
import { aptTree, releasePaths } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { cliError } from '../errors.ts';
import { fetchInRelease } from '../patch/fetch-in-release.ts';

const sentences: Readonly<Record<ReturnType<typeof judgeServed>, LocalizedText>> = {
  current: { en: 'current: what was last published', 'zh-CN': '最新：与上次发布一致' },
  replayed: {
    en: 'replayed: an older index is served; apt keeps silent about that',
    'zh-CN': '重放：所提供的索引较旧；apt 对此不会提示',
  },
  expired: { en: 'expired: devices refuse this index', 'zh-CN': '过期：设备将拒绝该索引' },
  foreign: {
    en: 'foreign: signed by our key and newer, yet not what this server published',
    'zh-CN': '异常：由本方密钥签名且较新，但并非本服务器所发布',
  },
  unsigned: { en: 'unsigned: no good signature of our key', 'zh-CN': '未签名：没有本方密钥的有效签名' },
  unknown: { en: 'unknown: no index could be fetched', 'zh-CN': '未知：无法获取索引' },
};

export const patchCheck: Command = {
  name: 'patch check',
  summary: {
    en: 'see whether a mirror serves a ring as published',
    'zh-CN': '检查镜像是否按发布内容提供某环',
  },
  description: [
    {
      en: 'apt does not tell when an older signed index is served again; this does. Exit 4 when the mirror could not be asked.',
      'zh-CN': '当较旧的已签名索引被再次提供时，apt 不会提示，本命令会。无法查询镜像时退出码为 4。',
    },
  ],
  args: [
    { name: 'EDITION', summary: { en: 'name of the edition', 'zh-CN': '版本名称' } },
    {
      name: 'URL',
      summary: { en: "the edition's apt repository there", 'zh-CN': '该处版本 apt 仓库的地址' },
    },
  ],
  flags: [
    {
      name: 'ring',
      type: 'string',
      value: 'NAME',
      required: true,
      summary: { en: 'the ring, which is the suite', 'zh-CN': '环的名称，即仓库套件名' },
    },
  ],
  examples: [
    {
      line: 'imprint patch check gov-base http://mirror.example/content/apt/gov-base --ring pilot',
      summary: { en: 'is the pilot ring served as published', 'zh-CN': '试点环是否按发布内容提供' },
    },
  ],
  async run(input) {
    const { context } = input;
    const [edition, ring] = [input.argument('EDITION'), input.requiredText('ring')];
    const tree = aptTree(releasePaths(context.home), edition);
    const published = await readPublishedSuite(tree, ring);
    if (published === undefined)
      throw cliError('CLI_FILE_MALFORMED', { expected: `a suite "${ring}" that was served`, file: tree });
    const text = await fetchInRelease(input.argument('URL'), ring, context.signal);
    const standing = judgeServed({
      published: published.head,
      served: text === undefined ? undefined : parseRelease(text),
      isSigned: text !== undefined && (await isSignedBy(join(context.home.keys, 'apt', publicKeyName), text)),
      isSame: text === published.inRelease,
      now: context.now(),
    });
    return {
      data: { edition, ring, standing, publishedAt: published.head.date.toISOString() },
      text: [context.say(sentences[standing])],
      exit: standing === 'current' ? 0 : standing === 'unknown' ? 4 : 1,
    };
  },
};
