import { parseArgs } from 'node:util';
import type { Localized } from '@imprint/protocol';
import { startError } from './errors.ts';

export interface StartOptions {
  readonly boot: boolean;
  /** Goes on serving, with the device running, until Ctrl-C. */
  readonly keep: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly firmware: 'bios' | 'uefi';
  readonly port: number;
  readonly home: string | undefined;
  readonly language: string | undefined;
  /** How long the device may take to its report, seconds. */
  readonly deviceSeconds: number;
}

const flags = {
  'no-boot': { type: 'boolean' },
  keep: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  uefi: { type: 'boolean' },
  port: { type: 'string' },
  home: { type: 'string' },
  lang: { type: 'string' },
  'device-seconds': { type: 'string' },
} as const;

/** Reads the flags of `npm start`. @throws START_FLAG_UNKNOWN */
export function parseStartOptions(argv: readonly string[]): StartOptions {
  const values = parse(argv);
  return {
    boot: values['no-boot'] !== true,
    keep: values.keep === true,
    json: values.json === true,
    help: values.help === true,
    firmware: values.uefi === true ? 'uefi' : 'bios',
    port: wholeNumber('port', values.port, 0, 65_535) ?? 0,
    home: values.home,
    language: values.lang,
    deviceSeconds: wholeNumber('device-seconds', values['device-seconds'], 1, 86_400) ?? 420,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: false }).values;
  } catch (cause) {
    const typed =
      argv.find((word) => !(word.replace(/^--/u, '').split('=')[0] ?? '' in flags)) ?? argv.join(' ');
    throw startError('START_FLAG_UNKNOWN', { typed }, { cause });
  }
}

function wholeNumber(flag: string, text: string | undefined, least: number, most: number) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/u.test(text) && value >= least && value <= most) return value;
  throw startError('START_FLAG_UNKNOWN', { typed: `--${flag}=${text}` });
}

export const startHelp: Localized = {
  en: `npm start -- [flags]
  From Debian's packages to an approved edition running on a device, on this machine.

  --no-boot            stop when the release is published and served
  --keep               go on serving, with the device running, until Ctrl-C
  --json               one JSON event per line on stdout
  --uefi               boot the device with UEFI firmware instead of BIOS
  --port PORT          port of the server (default: a free one)
  --home DIR           state directory (or IMPRINT_HOME; default ./.imprint)
  --lang en|zh-CN      language of messages (or IMPRINT_LANG)
  --device-seconds N   how long the device may take to its report (default 420)`,
  'zh-CN': `npm start -- [选项]
  在本机完成全过程：从 Debian 软件包到设备上运行的、已获批准的发行版。

  --no-boot            发布并提供服务后即停止，不启动设备
  --keep               保持服务和设备运行，直到按 Ctrl-C
  --json               在标准输出上每行输出一个 JSON 事件
  --uefi               设备使用 UEFI 固件启动，而不是 BIOS
  --port PORT          服务器端口（默认：任一空闲端口）
  --home DIR           状态目录（或 IMPRINT_HOME；默认 ./.imprint）
  --lang en|zh-CN      消息语言（或 IMPRINT_LANG）
  --device-seconds N   设备上报的最长时间，秒（默认 420）`,
};
