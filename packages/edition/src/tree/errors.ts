import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const treeErrors = {
  TREE_ENTRY_UNSUPPORTED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected files, directories, links and device nodes in the tree, got {found} at "{path}"',
      'zh-CN': '目录树中应只有文件、目录、链接和设备节点，实际在“{path}”处为 {found}',
    },
    hint: {
      en: 'remove "{path}" in the step that made it',
      'zh-CN': '请在生成它的步骤中移除“{path}”',
    },
  },
  TREE_CHANGED: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected "{path}" to stay as it is while it is read, got a change',
      'zh-CN': '读取期间“{path}”应保持不变，实际已被更改',
    },
    hint: {
      en: 'end what still writes to the tree, then run the command again',
      'zh-CN': '请停止仍在写入该目录树的程序，然后重新运行该命令',
    },
  },
  TREE_INDEX_MALFORMED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a tree index, got damage at line {line}: {problem}',
      'zh-CN': '需要完整的目录树索引，实际第 {line} 行损坏：{problem}',
    },
    hint: {
      en: 'delete the layer the index belongs to; the next build makes it again',
      'zh-CN': '请删除该索引所属的层，下次构建会重新生成',
    },
  },
} as const satisfies ErrorRegistry;

export const treeError = errorFactory(treeErrors);
