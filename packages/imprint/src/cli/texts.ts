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
