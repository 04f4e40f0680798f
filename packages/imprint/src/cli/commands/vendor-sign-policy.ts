import { releasePaths, signVendorPolicy } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { keyFlag, openNamedKey } from '../key-files.ts';
import { passphraseFlag } from '../passphrase.ts';

export const vendorSignPolicy: Command = {
  name: 'vendor sign-policy',
  summary: {
    en: 'sign the list of core paths an edition may change',
    'zh-CN': '签署版本可改动的核心路径清单',
  },
  description: [
    {
      en: "The vendor signs before any build. The file's bytes are what is signed; both are kept by digest, and a candidate carries them.",
      'zh-CN': '供应方在任何构建之前签署。签署对象是文件的字节；两者按摘要保存，并随候选携带。',
    },
  ],
  args: [
    {
      name: 'FILE',
      summary: {
        en: 'the document that mutableCore in the manifest names',
        'zh-CN': '清单中 mutableCore 所指的文件',
      },
    },
  ],
  flags: [{ ...keyFlag, required: true }, passphraseFlag],
  examples: [
    {
      line: 'imprint vendor sign-policy editions/gov-base/vendor-policy.json --key vendor',
      summary: { en: "agree to the sample edition's list", 'zh-CN': '同意示例版本的清单' },
    },
  ],
  async run(input) {
    const { context } = input;
    const opened = await openNamedKey(input, input.requiredText('key'));
    const { policies } = releasePaths(context.home);
    const signed = await signVendorPolicy(context.path(input.argument('FILE')), opened.signers, policies);
    const { sha256, policy, envelopeFile } = signed;
    return {
      data: { sha256, holder: opened.holder, envelopeFile, mutable: policy.mutable },
      text: [
        context.say({
          en: `${opened.holder} signed ${sha256}`,
          'zh-CN': `${opened.holder} 已签署 ${sha256}`,
        }),
        ...columns(
          policy.mutable.map(({ path, reason }) => [
            path,
            typeof reason === 'string' ? reason : context.say(reason),
          ]),
        ),
        envelopeFile,
      ],
    };
  },
};
