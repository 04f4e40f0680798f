import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;
const refused = { status: 422, exit: 1 } as const;

const imageErrors = {
  WINDOWS_LOCK_IMAGE_KIND: {
    ...input,
    message: {
      en: 'expected a WIM, the first part of a split set or an installation medium in "{file}", got {sizeBytes} bytes of another kind',
      'zh-CN': '“{file}”应为 WIM、分卷集的第一个分卷或安装介质，实际为 {sizeBytes} 字节的其他内容',
    },
    hint: {
      en: "name the install.wim, the install.swm or the ISO of the vendor's medium; the content decides, not the name",
      'zh-CN': '请指定厂商介质的 install.wim、install.swm 或 ISO；以内容为准，不看文件名',
    },
  },
  WINDOWS_LOCK_PARTS_MISSING: {
    ...input,
    message: {
      en: 'expected all {parts} parts of the split set beside "{file}", got none named {missing}',
      'zh-CN': '“{file}”所属分卷集的 {parts} 个分卷应在同一目录，实际缺少 {missing}',
    },
    hint: {
      en: 'copy the missing parts into the same directory under these names',
      'zh-CN': '请将缺少的分卷以这些名称复制到同一目录',
    },
  },
  WINDOWS_LOCK_MEDIUM_EMPTY: {
    ...input,
    message: {
      en: 'expected sources/install.wim or sources/install.swm on the medium "{file}", got neither',
      'zh-CN': '介质“{file}”上应有 sources/install.wim 或 sources/install.swm，实际没有',
    },
    hint: {
      en: 'list it with 7z l {file}; if the image lies elsewhere, extract it and name the WIM instead',
      'zh-CN': '请用 7z l {file} 列出内容；若映像在别处，请取出后直接指定该 WIM',
    },
  },
  WINDOWS_LOCK_MEDIUM_SOLID: {
    ...input,
    message: {
      en: 'expected a WIM with independent resources on the medium "{file}", got a solid one (ESD) in {member}',
      'zh-CN': '介质“{file}”上应为资源相互独立的 WIM，实际 {member} 是固实压缩的 ESD',
    },
    hint: {
      en: 'convert it and name the WIM: 7z e {file} {member}, then wimlib-imagex export {name} all install.wim --compress=LZX',
      'zh-CN':
        '请转换后指定该 WIM：先 7z e {file} {member}，再 wimlib-imagex export {name} all install.wim --compress=LZX',
    },
  },
  WINDOWS_LOCK_MEDIUM_DAMAGED: {
    ...input,
    message: {
      en: 'expected to read the medium "{file}", got: {reason}',
      'zh-CN': '应能读取介质“{file}”，实际为：{reason}',
    },
    hint: {
      en: 'the copy is incomplete or damaged: compare its sha256 with the vendor and copy it again',
      'zh-CN': '副本不完整或已损坏：请与厂商核对 sha256 后重新复制',
    },
  },
  WINDOWS_LOCK_CHANGED: {
    ...refused,
    message: {
      en: 'refusing "{file}": expected it to stay as it is while it is locked, got a change',
      'zh-CN': '拒绝“{file}”：锁定期间该文件应保持不变，实际发生了变化',
    },
    hint: {
      en: 'wait until nothing writes to it any more, then lock again',
      'zh-CN': '请等到没有程序写入该文件后重新锁定',
    },
  },
} as const satisfies ErrorRegistry;

const wishErrors = {
  WINDOWS_LOCK_INCOMPLETE: {
    ...input,
    message: {
      en: 'expected image {index} of "{file}" to state its {what}, got none',
      'zh-CN': '“{file}”的映像 {index} 应注明 {what}，实际没有',
    },
    hint: {
      en: 'use the image as the vendor published it; tools that capture an image again may drop what it says of itself',
      'zh-CN': '请使用厂商发布的映像；重新捕获映像的工具可能会丢失这些信息',
    },
  },
  WINDOWS_LOCK_ARCHITECTURE: {
    ...input,
    message: {
      en: 'expected an image for amd64, got {architecture}',
      'zh-CN': '映像架构应为 amd64，实际为 {architecture}',
    },
    hint: { en: 'take the 64-bit medium for PCs', 'zh-CN': '请使用 PC 的 64 位介质' },
  },
  WINDOWS_LOCK_INSTALLATION: {
    ...input,
    message: {
      en: 'expected an image of installed Windows ({supported}), got {installation} in image {index}',
      'zh-CN': '应为已安装 Windows 的映像（{supported}），实际映像 {index} 为 {installation}',
    },
    hint: {
      en: 'boot.wim and recovery images only start a setup; take an image of install.wim',
      'zh-CN': 'boot.wim 和恢复映像仅用于启动安装程序；请使用 install.wim 中的映像',
    },
  },
  WINDOWS_LOCK_BUILD: {
    ...input,
    message: {
      en: 'expected a supported build of Windows, got {version} in image {index}',
      'zh-CN': '应为受支持的 Windows 内部版本，实际映像 {index} 为 {version}',
    },
    hint: { en: 'these are supported: {supported}', 'zh-CN': '受支持的有：{supported}' },
  },
  WINDOWS_LOCK_LANGUAGE: {
    ...input,
    message: {
      en: 'expected the image or a language pack to bring {language}, got {languages}',
      'zh-CN': '映像或语言包应提供 {language}，实际为 {languages}',
    },
    hint: {
      en: "add the vendor's package of that language to base.windows.languagePacks, or take a medium in it",
      'zh-CN': '请把厂商的该语言包加入 base.windows.languagePacks，或使用该语言的介质',
    },
  },
  WINDOWS_LOCK_OUTPUT_MEDIUM: {
    ...input,
    message: {
      en: 'expected an installation medium to make the output "iso" from, got only the image "{file}"',
      'zh-CN': '输出“iso”需要安装介质，实际只有映像“{file}”',
    },
    hint: {
      en: "name the vendor's ISO in base.windows.image, or take iso out of outputs",
      'zh-CN': '请在 base.windows.image 中指定厂商的 ISO，或从 outputs 中去掉 iso',
    },
  },
  WINDOWS_LOCK_POLICY: {
    ...input,
    message: {
      en: 'expected the edition to honour the policy "{policy}", got {edition}, which does not',
      'zh-CN': '该 Windows 版本应支持策略“{policy}”，实际 {edition} 不支持',
    },
    hint: {
      en: 'choose an image of one of these: {supported}; or leave the policy out of the manifest',
      'zh-CN': '请选用以下版本的映像：{supported}；或从清单中去掉该策略',
    },
  },
} as const satisfies ErrorRegistry;

const contentErrors = {
  WINDOWS_LOCK_HIVE_MISSING: {
    ...input,
    message: {
      en: 'expected the registry hive {path} in image {index}, got none',
      'zh-CN': '映像 {index} 中应有注册表配置单元 {path}，实际没有',
    },
    hint: {
      en: 'this image does not hold an installed Windows; the images of install.wim do, those of boot.wim do not',
      'zh-CN': '该映像不含已安装的 Windows；install.wim 中的映像才有，boot.wim 中的没有',
    },
  },
  WINDOWS_LOCK_HIVE_LINKED: {
    ...refused,
    message: {
      en: 'refusing to edit {path}: expected one name for the file, got {linkCount}',
      'zh-CN': '拒绝修改 {path}：该文件应只有一个名称，实际有 {linkCount} 个',
    },
    hint: {
      en: 'an edit would reach the other names too; use the image as the vendor published it',
      'zh-CN': '修改会影响其他名称；请使用厂商发布的映像',
    },
  },
  WINDOWS_LOCK_CONTROL_SET: {
    ...input,
    message: {
      en: 'expected Select\\Current of {path} to name a control set that is there, got {got}',
      'zh-CN': '{path} 的 Select\\Current 应指向已有的控制集，实际为 {got}',
    },
    hint: {
      en: 'the SYSTEM hive is not that of an installed Windows; take the image from the medium again',
      'zh-CN': '该 SYSTEM 配置单元不属于已安装的 Windows；请从介质重新取得映像',
    },
  },
  WINDOWS_LOCK_PAYLOAD_KIND: {
    ...input,
    message: {
      en: 'expected the content of "{name}" to be that of {expected}, got {got}',
      'zh-CN': '“{name}”的内容应属于 {expected}，实际为 {got}',
    },
    hint: {
      en: 'the content decides, not the name; ask the supplier for the file meant for Windows',
      'zh-CN': '以内容为准，不看文件名；请向供应方索取适用于 Windows 的文件',
    },
  },
  WINDOWS_LOCK_SIGNATURE_NONE: {
    ...refused,
    message: {
      en: 'refusing "{name}": expected an Authenticode signature that leads to {root}, got none',
      'zh-CN': '拒绝“{name}”：应有可追溯到 {root} 的 Authenticode 签名，实际没有签名',
    },
    hint: {
      en: 'ask the supplier for the signed file; without publisherRoot it is taken as unsigned',
      'zh-CN': '请向供应方索取已签名的文件；不写 publisherRoot 则记录为未签名',
    },
  },
  WINDOWS_LOCK_SIGNATURE_UNTRUSTED: {
    ...refused,
    message: {
      en: 'refusing "{name}": expected an Authenticode signature that leads to {root}, got one of {signer}',
      'zh-CN': '拒绝“{name}”：应有可追溯到 {root} 的 Authenticode 签名，实际签名者为 {signer}',
    },
    hint: {
      en: 'ask the supplier which authority signs it, by another way than the file came',
      'zh-CN': '请通过文件来源以外的途径，向供应方核实其签发机构',
    },
  },
  WINDOWS_LOCK_SIGNATURE_MISMATCH: {
    ...refused,
    message: {
      en: 'refusing "{name}": its Authenticode signature is not of these bytes, or cannot be read',
      'zh-CN': '拒绝“{name}”：其 Authenticode 签名与文件内容不符，或无法读取',
    },
    hint: {
      en: 'the file was changed after it was signed; get it again from the supplier',
      'zh-CN': '文件在签名后被改动；请向供应方重新获取',
    },
  },
  WINDOWS_LOCK_DIRECTORY: {
    ...input,
    message: {
      en: 'expected a directory without quotes and control characters, got {directory}',
      'zh-CN': '目录名不应含引号和控制字符，实际为 {directory}',
    },
    hint: {
      en: 'the commands of wimlib cannot name files in it; choose another with IMPRINT_HOME',
      'zh-CN': 'wimlib 的命令无法引用其中的文件；请用 IMPRINT_HOME 指定其他目录',
    },
  },
  WINDOWS_LOCK_DUPLICATE: {
    ...input,
    message: {
      en: 'expected each {role} once, got "{name}" as well as "{other}"',
      'zh-CN': '每个 {role} 只应出现一次，实际“{name}”与“{other}”重复',
    },
    hint: {
      en: 'take one of them out of the manifest',
      'zh-CN': '请从清单中去掉其中一个',
    },
  },
} as const satisfies ErrorRegistry;

export const windowsLockErrors = {
  ...imageErrors,
  ...wishErrors,
  ...contentErrors,
} as const satisfies ErrorRegistry;

export const windowsLockError = errorFactory(windowsLockErrors);
