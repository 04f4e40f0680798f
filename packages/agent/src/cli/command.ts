import type { Language, Localized } from '@imprint/protocol';
import type { Device } from '../device.ts';

export interface Flag {
  readonly name: string;
  readonly type: 'string' | 'boolean';
  readonly value?: string;
  readonly summary: Localized;
}

/** What a command answers: `data` for --json, `text` for people; exit 1 when the answer is no, 4 to try again. */
export interface Outcome {
  readonly data: unknown;
  readonly text: readonly string[];
  readonly exit?: 0 | 1 | 4;
}

export interface Invocation {
  readonly device: Device;
  readonly language: Language;
  readonly say: (en: string, zh: string) => string;
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Shows progress on a terminal; silent elsewhere. */
  readonly progress: (line: string) => void;
}

/** A command as data: the parser and the help are made from it. */
export interface Command {
  readonly name: string;
  readonly summary: Localized;
  readonly flags: readonly Flag[];
  readonly run: (invocation: Invocation) => Promise<Outcome>;
}

export const globalFlags: readonly Flag[] = [
  { name: 'json', type: 'boolean', summary: { en: 'print the result as JSON', 'zh-CN': '以 JSON 输出结果' } },
  {
    name: 'lang',
    type: 'string',
    value: 'en|zh-CN',
    summary: { en: 'language of messages (or IMPRINT_LANG)', 'zh-CN': '消息语言（或 IMPRINT_LANG）' },
  },
  {
    name: 'root',
    type: 'string',
    value: 'DIR',
    summary: { en: 'look at the system below DIR instead of /', 'zh-CN': '检查 DIR 下的系统而非 /' },
  },
  { name: 'help', type: 'boolean', summary: { en: 'show this help', 'zh-CN': '显示此帮助' } },
  { name: 'version', type: 'boolean', summary: { en: 'show the version', 'zh-CN': '显示版本' } },
];
