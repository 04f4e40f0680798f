import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const storeErrors = {
  STORE_DIGEST_MISMATCH: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected {name} to have sha256 {expected}, got {got}',
      'zh-CN': '{name} 的 sha256 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'nothing was kept; check where the content came from before asking for it again',
      'zh-CN': '内容未保留；请先核实其来源，再重新获取',
    },
  },
  STORE_BLOB_MISSING: {
    status: 404,
    exit: 4,
    message: {
      en: 'expected blob {sha256} in the content store {directory}, got none',
      'zh-CN': '内容库 {directory} 中应有数据 {sha256}，实际没有',
    },
    hint: {
      en: 'run imprint edition fetch with the lock that names it',
      'zh-CN': '请使用引用它的锁文件运行 imprint edition fetch',
    },
  },
  STORE_BLOB_DAMAGED: {
    status: 500,
    exit: 4,
    message: {
      en: 'refusing to use blob {sha256}: its content in {directory} no longer has that digest',
      'zh-CN': '拒绝使用数据 {sha256}：{directory} 中的内容与该摘要不符',
    },
    hint: {
      en: 'run imprint edition fetch to get it again, and check the disk',
      'zh-CN': '请运行 imprint edition fetch 重新获取，并检查磁盘',
    },
  },
  STORE_FULL: {
    status: 507,
    exit: 4,
    message: {
      en: 'expected room for {name} in {directory}, got a full disk',
      'zh-CN': '{directory} 中应有空间存放 {name}，但磁盘已满',
    },
    hint: {
      en: 'free space there or choose another directory with IMPRINT_HOME, then run the command again; finished parts are kept',
      'zh-CN': '请清理空间，或用 IMPRINT_HOME 指定其他目录，然后重新运行；已完成的部分会保留',
    },
  },
} as const satisfies ErrorRegistry;

export const storeError = errorFactory(storeErrors);

/** Runs a write and turns a full disk or an exhausted quota into STORE_FULL. */
export async function guardSpace<T>(directory: string, name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw cause;
    throw storeError('STORE_FULL', { directory, name }, { cause });
  }
}
