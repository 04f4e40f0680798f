import type { Flag } from './command.ts';

/** Flags several commands share. */
export const dryRunFlag: Flag = {
  name: 'dry-run',
  type: 'boolean',
  summary: { en: 'check everything, write nothing', 'zh-CN': '检查全部内容，但不写入' },
};

export const rootFlag: Flag = {
  name: 'root',
  type: 'string',
  value: 'FILE',
  summary: {
    en: 'the root this party has pinned, default release/root/root.json',
    'zh-CN': '本方固定的根，默认 release/root/root.json',
  },
};

export const reasonFlag: Flag = {
  name: 'reason',
  type: 'string',
  value: 'TEXT',
  many: true,
  summary: { en: 'why, for everyone to read', 'zh-CN': '理由，供各方阅读' },
};

export const serverFlag: Flag = {
  name: 'server',
  type: 'string',
  value: 'URL',
  summary: {
    en: 'the server, default http://127.0.0.1:8470',
    'zh-CN': '服务器地址，默认 http://127.0.0.1:8470',
  },
};

export const agencyFlag: Flag = {
  name: 'agency',
  type: 'string',
  value: 'AGENCY',
  summary: { en: 'id or code of the agency', 'zh-CN': '机构的编号或代码' },
};

/** The dry run of commands that ask the server for a change. */
export const serverDryRunFlag: Flag = {
  ...dryRunFlag,
  summary: {
    en: 'let the server check everything and keep nothing',
    'zh-CN': '由服务器检查全部内容，但不保存',
  },
};
