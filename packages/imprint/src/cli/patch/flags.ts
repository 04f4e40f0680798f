import type { Flag } from '../command.ts';

export const fromLockFlag: Flag = {
  name: 'lock',
  type: 'string',
  value: 'FILE',
  summary: {
    en: 'the lock to start from, default edition.lock.json beside the manifest',
    'zh-CN': '作为起点的锁，默认清单旁的 edition.lock.json',
  },
};

export const keyringFlag: Flag = {
  name: 'keyring',
  type: 'string',
  value: 'FILE',
  summary: {
    en: "keys the archives must be signed with, default Debian's own",
    'zh-CN': '软件仓库签名须用的密钥，默认 Debian 自身的密钥',
  },
};
