import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;
const refused = { status: 422, exit: 1 } as const;

export const wimErrors = {
  WINDOWS_WIM_MALFORMED: {
    ...input,
    message: {
      en: 'expected {expected} in the WIM file "{file}", got {got}',
      'zh-CN': 'WIM 文件“{file}”中应为{expected}，实际为 {got}',
    },
    hint: {
      en: "name the install.wim of the vendor's medium, or its ISO",
      'zh-CN': '请指定厂商介质中的 install.wim，或其 ISO',
    },
  },
  WINDOWS_WIM_TRUNCATED: {
    ...input,
    message: {
      en: 'expected the {resource} of "{file}" to end at byte {endBytes} or before the end, got a file of {sizeBytes} bytes',
      'zh-CN': '“{file}”的 {resource} 应在文件末尾之前结束（字节 {endBytes}），实际文件只有 {sizeBytes} 字节',
    },
    hint: {
      en: 'the copy is incomplete: compare its size and sha256 with the medium and copy it again',
      'zh-CN': '副本不完整：请与介质核对大小和 sha256 后重新复制',
    },
  },
  WINDOWS_WIM_SOLID: {
    ...input,
    message: {
      en: 'expected a WIM with independent resources, got a solid one (ESD) in "{file}"',
      'zh-CN': '应为资源相互独立的 WIM，实际“{file}”是固实压缩的 ESD',
    },
    hint: {
      en: 'convert it first: wimlib-imagex export {file} all install.wim --compress=LZX',
      'zh-CN': '请先转换：wimlib-imagex export {file} all install.wim --compress=LZX',
    },
  },
  WINDOWS_WIM_SPLIT: {
    ...input,
    message: {
      en: 'expected one whole WIM, got part {part} of {parts} in "{file}"',
      'zh-CN': '应为单个完整的 WIM，实际“{file}”是 {parts} 个分卷中的第 {part} 个',
    },
    hint: {
      en: 'join the set first: wimlib-imagex join install.wim install*.swm',
      'zh-CN': '请先合并分卷：wimlib-imagex join install.wim install*.swm',
    },
  },
  WINDOWS_WIM_PARTS_MISSING: {
    ...input,
    message: {
      en: 'expected the {parts} parts of the split set of "{file}", got {found}',
      'zh-CN': '“{file}”所属的分卷集应有 {parts} 个分卷，实际为 {found}',
    },
    hint: {
      en: 'put all parts of the set into one directory',
      'zh-CN': '请将该分卷集的全部分卷放在同一目录中',
    },
  },
  WINDOWS_WIM_BLOB_MISSING: {
    ...input,
    message: {
      en: 'expected every file of "{file}" to have its data, got an image without some of it',
      'zh-CN': '“{file}”中每个文件都应有数据，实际映像缺少其中一部分',
    },
    hint: {
      en: 'give all parts of the split set; a part alone holds only some of the data',
      'zh-CN': '请提供分卷集的全部分卷；单个分卷只含部分数据',
    },
  },
  WINDOWS_WIM_INDEX: {
    ...input,
    message: {
      en: 'expected an image index from 1 to {count} in "{file}", got {index}',
      'zh-CN': '“{file}”的映像索引应在 1 到 {count} 之间，实际为 {index}',
    },
    hint: { en: 'the images are: {names}', 'zh-CN': '现有映像：{names}' },
  },
  WINDOWS_WIM_UNSUPPORTED: {
    ...input,
    message: {
      en: 'expected a WIM that this version can read, got {feature} in "{file}"',
      'zh-CN': '应为本版本可读取的 WIM，实际“{file}”含有 {feature}',
    },
    hint: {
      en: 'export it once with wimlib-imagex export {file} all install.wim --compress=LZX',
      'zh-CN': '请用 wimlib-imagex export {file} all install.wim --compress=LZX 重新导出',
    },
  },
  WINDOWS_WIM_CORRUPT: {
    ...refused,
    message: {
      en: 'refusing "{file}": its content does not match its own digests: {reason}',
      'zh-CN': '拒绝“{file}”：其内容与自身摘要不符：{reason}',
    },
    hint: {
      en: 'copy the file again from the medium; if it fails there too, the medium is damaged',
      'zh-CN': '请从介质重新复制；若仍失败，则介质已损坏',
    },
  },
  WINDOWS_WIM_LOCKED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to change "{file}": another process is writing it or has it mounted',
      'zh-CN': '拒绝修改“{file}”：另一进程正在写入或已挂载该文件',
    },
    hint: {
      en: 'wait for the other build, or unmount the image it left behind',
      'zh-CN': '请等待另一构建结束，或卸载其遗留的映像',
    },
  },
  WINDOWS_WIM_PATH: {
    ...input,
    message: {
      en: 'expected a path inside the image that starts with "/" and has no {forbidden}, got "{path}"',
      'zh-CN': '映像内路径应以“/”开头且不含 {forbidden}，实际为“{path}”',
    },
    hint: {
      en: 'rename the file; commands on an image cannot express such a path',
      'zh-CN': '请重命名该文件；映像操作命令无法表示这样的路径',
    },
  },
  WINDOWS_WIM_PATH_MISSING: {
    ...input,
    message: {
      en: 'expected the path in image {index} of "{file}", got none: {reason}',
      'zh-CN': '“{file}”的映像 {index} 中应有该路径，实际没有：{reason}',
    },
    hint: {
      en: 'list the image with wimlib-imagex dir {file} {index} and check the path',
      'zh-CN': '请用 wimlib-imagex dir {file} {index} 列出映像并核对路径',
    },
  },
} as const satisfies ErrorRegistry;

export const wimError = errorFactory(wimErrors);
