import type { CryptoProfile, LocalizedText } from '@imprint/protocol';
import { serviceKeyFiles } from '../../platform/service-key.ts';
import { draftRoot, type PartyInput, releasePaths, signRootDraft } from '../../rooms/release/index.ts';
import type { Command, Input } from '../command.ts';
import { emergencyLane, emergencyLaneFlags } from '../emergency.ts';
import { cliError } from '../errors.ts';
import { exists } from '../exists.ts';
import { keyFlag, openNamedKey, readPublicHalf } from '../key-files.ts';
import { passphraseFlag } from '../passphrase.ts';
import { draftData, draftLines } from '../root-lines.ts';

/** Titles of the parties every ceremony here starts with. */
const knownTitles: Readonly<Record<string, LocalizedText>> = {
  vendor: { en: 'Vendor', 'zh-CN': '原厂' },
  operator: { en: 'Operator', 'zh-CN': '运营方' },
  regulator: { en: 'Regulator', 'zh-CN': '监管方' },
};

export const trustInit: Command = {
  name: 'trust init',
  summary: {
    en: 'make the root that devices pin: the parties and their keys',
    'zh-CN': '生成设备固定的根：各方及其密钥',
  },
  description: [
    {
      en: 'Needs the public halves only. Every party then signs with "imprint trust sign-root", or at once here with --key for each key file at hand.',
      'zh-CN':
        '只需公开部分。之后各方用 “imprint trust sign-root” 签署，或在此用 --key 直接以手头的密钥文件签署。',
    },
  ],
  args: [],
  flags: [
    {
      name: 'party',
      type: 'string',
      value: 'NAME=FILE',
      many: true,
      required: true,
      summary: {
        en: 'a mandatory party and its public keys; further files of one party after commas; the name alone takes keys/NAME.key.json',
        'zh-CN': '必要参与方及其公钥；同一方的多个文件用逗号分隔；只写名称则取 keys/NAME.key.json',
      },
    },
    {
      name: 'threshold',
      type: 'string',
      value: 'NAME=N',
      many: true,
      summary: {
        en: 'how many holders of a party must sign, default 1',
        'zh-CN': '某方需签署的持有者人数，默认 1',
      },
    },
    {
      name: 'title',
      type: 'string',
      value: 'NAME=TEXT',
      many: true,
      summary: {
        en: "a party's title in both languages: NAME=English/中文",
        'zh-CN': '某方的双语名称：NAME=English/中文',
      },
    },
    {
      name: 'online',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'the online key, default keys/online.key.json',
        'zh-CN': '在线密钥，默认 keys/online.key.json',
      },
    },
    {
      name: 'licensing',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'the key that signs licences, default keys/licensing.key.json; without one devices accept no licence',
        'zh-CN': '签署许可的密钥，默认 keys/licensing.key.json；没有则设备不接受任何许可',
      },
    },
    {
      name: 'definitions',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'the key that signs virus definitions, default keys/definitions.key.json; without one only those of a release count',
        'zh-CN': '签署病毒库的密钥，默认 keys/definitions.key.json；没有则仅发布中的病毒库有效',
      },
    },
    {
      name: 'profile',
      type: 'string',
      value: 'PROFILE',
      choices: ['intl', 'national', 'dual'],
      summary: {
        en: 'signature suites devices demand, default dual',
        'zh-CN': '设备要求的签名算法配置，默认 dual',
      },
    },
    ...emergencyLaneFlags,
    { ...keyFlag, many: true },
    passphraseFlag,
  ],
  examples: [
    {
      line: 'imprint trust init --party vendor=vendor.pub.json --party operator=operator.pub.json --party regulator=regulator.pub.json',
      summary: { en: 'three parties, one key each', 'zh-CN': '三方，每方一把密钥' },
    },
    {
      line: 'imprint trust init --party vendor --party operator --party regulator --key vendor --key operator --key regulator',
      summary: { en: 'all keys at hand, signed in one go', 'zh-CN': '密钥均在手头，一次签署完成' },
    },
  ],
  async run(input) {
    const { context } = input;
    const { root: directory } = releasePaths(context.home);
    const online = await readPublicHalf(
      context,
      input.text('online') ?? serviceKeyFiles(context.home.keys, 'online').key,
    );
    let draft = await draftRoot({
      directory,
      profile: (input.text('profile') ?? 'dual') as CryptoProfile,
      parties: await readParties(input),
      online,
      licensing: await readService(input, 'licensing'),
      definitions: await readService(input, 'definitions'),
      emergency: emergencyLane(input),
      now: context.now(),
    });
    for (const [position, key] of input.list('key').entries()) {
      const { holder, signers } = await openNamedKey(input, key, position);
      draft = await signRootDraft(directory, holder, signers);
    }
    return { data: draftData(draft), text: draftLines(draft, context) };
  },
};

/** The service's key named, or else the server's own where it has one. */
async function readService(input: Input, service: 'licensing' | 'definitions') {
  const { context } = input;
  const own = serviceKeyFiles(context.home.keys, service).key;
  const file = input.text(service) ?? ((await exists(own)) ? own : undefined);
  return file === undefined ? undefined : readPublicHalf(context, file);
}

/** Splits `NAME=VALUE`; the value is undefined when there is no `=`. */
function pair(text: string): { readonly name: string; readonly value: string | undefined } {
  const at = text.indexOf('=');
  return at === -1
    ? { name: text, value: undefined }
    : { name: text.slice(0, at), value: text.slice(at + 1) };
}

async function readParties(input: Input): Promise<PartyInput[]> {
  const named = (flag: string) =>
    new Map(
      input
        .list(flag)
        .map(pair)
        .map(({ name, value }) => [name, value ?? '']),
    );
  const [thresholds, titles] = [named('threshold'), named('title')];
  const parties: PartyInput[] = [];
  for (const { name, value } of input.list('party').map(pair)) {
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name) || parties.some((party) => party.name === name)) {
      throw cliError('CLI_PARTY_NAME', { got: name });
    }
    const holders = [];
    for (const file of (value ?? name).split(',')) holders.push(await readPublicHalf(input.context, file));
    parties.push({
      name,
      title: titleOf(name, titles.get(name)),
      threshold: Number(thresholds.get(name) ?? 1),
      holders,
    });
  }
  return parties;
}

function titleOf(name: string, given: string | undefined): LocalizedText {
  const [en, zh] = given?.split('/', 2) ?? [];
  if (en !== undefined && en !== '') return { en, 'zh-CN': zh ?? en };
  return knownTitles[name] ?? { en: name, 'zh-CN': name };
}
