import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;

export const manifestErrors = {
  MANIFEST_INVALID: {
    ...input,
    message: {
      en: 'expected a valid manifest, got {count} problems in {file}',
      'zh-CN': '清单应有效，但 {file} 中有 {count} 处问题',
    },
    hint: {
      en: 'correct every problem listed; each names its file, line and column',
      'zh-CN': '请逐一修正所列问题；每处都注明了文件、行和列',
    },
  },
  MANIFEST_FILE_UNREADABLE: {
    ...input,
    message: {
      en: 'expected a readable manifest file, got {file}: {reason}',
      'zh-CN': '清单文件应可读，但 {file} 无法读取：{reason}',
    },
    hint: {
      en: 'check the path and its permissions; a path in extends is relative to the file that states it',
      'zh-CN': '请检查路径和权限；extends 中的路径相对于写明它的文件',
    },
  },
  MANIFEST_TOO_LARGE: {
    ...input,
    message: {
      en: 'expected a manifest file of at most {limitBytes} bytes, got {sizeBytes}',
      'zh-CN': '清单文件应不超过 {limitBytes} 字节，实际为 {sizeBytes} 字节',
    },
    hint: {
      en: 'keep content in files of its own and name them in the manifest',
      'zh-CN': '请把内容放在单独的文件中，在清单里引用它们',
    },
  },
  MANIFEST_BASE: {
    ...input,
    message: {
      en: 'expected exactly one of base.debian and base.windows, got {got}',
      'zh-CN': 'base.debian 与 base.windows 应恰有一个，实际为 {got}',
    },
    hint: {
      en: 'state one base; an overlay cannot change the base of the manifest it extends',
      'zh-CN': '请只写一个基础系统；叠加清单不能更换所继承清单的基础系统',
    },
  },
  MANIFEST_BASE_CANNOT: {
    ...input,
    message: {
      en: 'expected only what a {base} base can carry out, got {what}',
      'zh-CN': '应只包含 {base} 基础系统能实现的内容，实际有 {what}',
    },
    hint: {
      en: 'leave it out, or state it in an overlay of an edition whose base can carry it out',
      'zh-CN': '请去掉它，或写在基础系统能够实现它的版本的叠加清单中',
    },
  },
  MANIFEST_UPDATE_SERVICE: {
    ...input,
    message: {
      en: 'refusing to cut devices off from patches: expected services.windowsUpdate with updateService "edition", got none',
      'zh-CN': '拒绝使设备得不到补丁：updateService 为 “edition” 时应写明 services.windowsUpdate，实际没有',
    },
    hint: {
      en: 'name the update service you run (WSUS or one that speaks its protocol), or set updateService to "upstream"',
      'zh-CN': '请写明您运行的更新服务（WSUS 或兼容其协议的服务），或将 updateService 设为 “upstream”',
    },
  },
  MANIFEST_ANTIVIRUS: {
    ...input,
    message: {
      en: 'expected {expected} of the antivirus "{name}", got {got}',
      'zh-CN': '杀毒软件“{name}”应满足：{expected}，实际为 {got}',
    },
    hint: {
      en: 'docs/guide/antivirus.en.md shows an edition with two providers',
      'zh-CN': 'docs/guide/antivirus.zh-CN.md 给出了含两个杀毒软件的版本示例',
    },
  },
  MANIFEST_YAML: {
    ...input,
    message: { en: 'expected valid YAML, got {reason}', 'zh-CN': 'YAML 语法应有效，实际错误：{reason}' },
    hint: {
      en: 'check indentation, quotes and colons at and just before this place',
      'zh-CN': '请检查此处及其前面的缩进、引号和冒号',
    },
  },
  MANIFEST_YAML_INDENT: {
    ...input,
    message: { en: 'expected even indentation, got another', 'zh-CN': '缩进应一致，实际不一致' },
    hint: {
      en: 'indent entries of one record alike, with spaces and never with tabs',
      'zh-CN': '同一层的条目请使用相同数量的空格缩进，不要使用制表符',
    },
  },
  MANIFEST_YAML_KEY_TWICE: {
    ...input,
    message: {
      en: 'expected each key once in a record, got this one again',
      'zh-CN': '同一层中每个键只应出现一次，此键重复',
    },
    hint: { en: 'remove one of the two or merge them', 'zh-CN': '请删除其中一个或合并二者' },
  },
  MANIFEST_YAML_UNCLOSED: {
    ...input,
    message: {
      en: 'expected a closing quote, bracket or comma before here, got none',
      'zh-CN': '此处之前应有结束的引号、括号或逗号，实际没有',
    },
    hint: { en: 'close what was opened on this line or before', 'zh-CN': '请补全本行或之前未结束的部分' },
  },
  MANIFEST_YAML_UNSUPPORTED: {
    ...input,
    message: { en: 'expected plain YAML, got {what}', 'zh-CN': '应为普通 YAML，实际使用了 {what}' },
    hint: {
      en: 'a manifest is one document of text keys with text, numbers, booleans, lists and records; write aliases out',
      'zh-CN': '清单是单个文档，键为文本，值为文本、数字、布尔、列表或记录；请展开别名',
    },
  },
  MANIFEST_EXTENDS_LOOP: {
    ...input,
    message: {
      en: 'expected overlays that end in a base, got a loop: {chain}',
      'zh-CN': '叠加链应以基础清单结束，实际成环：{chain}',
    },
    hint: {
      en: 'remove the extends line that leads back',
      'zh-CN': '请删除指回自身的 extends 行',
    },
  },
  MANIFEST_EXTENDS_DEPTH: {
    ...input,
    message: {
      en: 'expected at most {limit} manifests in one chain of extends, got more',
      'zh-CN': 'extends 链最多包含 {limit} 份清单，实际超出',
    },
    hint: { en: 'merge neighbouring overlays into one', 'zh-CN': '请合并相邻的叠加清单' },
  },
  MANIFEST_KEY_UNKNOWN: {
    ...input,
    message: { en: 'expected a known key, got "{key}"', 'zh-CN': '应为已知的键，实际为“{key}”' },
    hint: { en: 'the keys known here are: {known}', 'zh-CN': '此处可用的键：{known}' },
  },
  MANIFEST_KEY_MISSPELT: {
    ...input,
    message: { en: 'expected a known key, got "{key}"', 'zh-CN': '应为已知的键，实际为“{key}”' },
    hint: { en: 'did you mean "{suggestion}"?', 'zh-CN': '您是否想写“{suggestion}”？' },
  },
  MANIFEST_KEY_MISSING: {
    ...input,
    message: { en: 'expected the key "{key}", got none', 'zh-CN': '应有键“{key}”，实际没有' },
    hint: {
      en: 'add "{key}" here or in a manifest that this one extends',
      'zh-CN': '请在此处或其所继承的清单中添加“{key}”',
    },
  },
  MANIFEST_TYPE: {
    ...input,
    message: { en: 'expected {expected}, got {got}', 'zh-CN': '类型应为 {expected}，实际为 {got}' },
    hint: {
      en: 'write a {expected} here; text that looks like a number needs quotes',
      'zh-CN': '请在此处填写 {expected} 类型的值；形似数字的文本需要加引号',
    },
  },
  MANIFEST_CHOICE: {
    ...input,
    message: { en: 'expected one of {choices}, got "{got}"', 'zh-CN': '应为 {choices} 之一，实际为“{got}”' },
    hint: { en: 'choose one of {choices}', 'zh-CN': '请从 {choices} 中选择' },
  },
  MANIFEST_FORM: {
    ...input,
    message: {
      en: 'expected a value like "{example}", got "{got}"',
      'zh-CN': '应为形如“{example}”的值，实际为“{got}”',
    },
    hint: {
      en: 'the value must match {pattern}',
      'zh-CN': '该值须符合 {pattern}',
    },
  },
  MANIFEST_RANGE: {
    ...input,
    message: {
      en: 'expected a number from {minimum} to {maximum}, got {got}',
      'zh-CN': '应为 {minimum} 到 {maximum} 之间的数，实际为 {got}',
    },
    hint: { en: 'choose a number within the range', 'zh-CN': '请填写范围内的数' },
  },
  MANIFEST_LIST_EMPTY: {
    ...input,
    message: {
      en: 'expected at least {minimum} entries, got {got}',
      'zh-CN': '至少应有 {minimum} 项，实际为 {got} 项',
    },
    hint: { en: 'add an entry to the list', 'zh-CN': '请在列表中添加条目' },
  },
  MANIFEST_LIST_DUPLICATE: {
    ...input,
    message: {
      en: 'expected each entry once, got "{entry}" again',
      'zh-CN': '每项只应出现一次，“{entry}”重复出现',
    },
    hint: { en: 'remove one of the two', 'zh-CN': '请删除其中一项' },
  },
  MANIFEST_TIME_ZONE: {
    ...input,
    message: {
      en: 'expected a time zone of the IANA database, got "{got}"',
      'zh-CN': '应为 IANA 时区数据库中的时区，实际为“{got}”',
    },
    hint: {
      en: 'for instance {suggestion}; legacy names are not accepted',
      'zh-CN': '例如 {suggestion}；不接受旧名称',
    },
  },
  MANIFEST_LANGUAGE: {
    ...input,
    message: {
      en: 'expected a locale that upstream can generate, got "{got}"',
      'zh-CN': '应为上游可生成的语言区域，实际为“{got}”',
    },
    hint: { en: 'for instance {suggestion}', 'zh-CN': '例如 {suggestion}' },
  },
  MANIFEST_KEYBOARD: {
    ...input,
    message: {
      en: 'expected a known keyboard layout, got "{got}"',
      'zh-CN': '应为已知的键盘布局，实际为“{got}”',
    },
    hint: { en: 'for instance {suggestion}', 'zh-CN': '例如 {suggestion}' },
  },
  MANIFEST_LOOSENED: {
    ...input,
    message: {
      en: 'refusing to loosen {key}: expected {bound} as set in {setBy}, got {got}',
      'zh-CN': '拒绝放宽 {key}：{setBy} 已设为 {bound}，实际为 {got}',
    },
    hint: {
      en: 'an overlay may add and tighten; ask the owner of {setBy} to change the base instead',
      'zh-CN': '叠加清单只能增加或收紧；如需放宽，请由 {setBy} 的负责方修改基础清单',
    },
  },
  MANIFEST_PATH_ABSOLUTE: {
    ...input,
    message: { en: 'expected a relative path, got "{path}"', 'zh-CN': '应为相对路径，实际为“{path}”' },
    hint: {
      en: 'name the file relative to the manifest that states it',
      'zh-CN': '请写相对于所在清单文件的路径',
    },
  },
  MANIFEST_PATH_OUTSIDE: {
    ...input,
    message: {
      en: 'refusing to read "{path}": it leads outside the workspace {workspace}',
      'zh-CN': '拒绝读取“{path}”：它指向工作区 {workspace} 之外',
    },
    hint: {
      en: 'copy the file into the workspace; symbolic links are followed before this check',
      'zh-CN': '请把文件复制到工作区内；检查前会先解析符号链接',
    },
  },
  MANIFEST_INPUT_MISSING: {
    ...input,
    message: { en: 'expected a file at "{path}", got {got}', 'zh-CN': '“{path}”处应有文件，实际为 {got}' },
    hint: {
      en: 'make or fetch the file, or correct the path; it is relative to the manifest that states it',
      'zh-CN': '请生成或获取该文件，或修正路径；路径相对于写明它的清单',
    },
  },
  MANIFEST_INPUT_TOO_LARGE: {
    ...input,
    message: {
      en: 'expected "{path}" to have at most {limitBytes} bytes, got {sizeBytes}',
      'zh-CN': '“{path}”应不超过 {limitBytes} 字节，实际为 {sizeBytes} 字节',
    },
    hint: { en: 'check that this is the file intended', 'zh-CN': '请确认所引用的文件是否正确' },
  },
  MANIFEST_INPUT_NAME_TAKEN: {
    ...input,
    message: {
      en: 'expected one {role} named "{name}", got two',
      'zh-CN': '名为“{name}”的 {role} 只应有一个，实际有两个',
    },
    hint: { en: 'give one of the files another name', 'zh-CN': '请为其中一个文件改名' },
  },
  MANIFEST_ROOT_CERTIFICATE: {
    ...input,
    message: {
      en: 'expected "{path}" to be a certificate authority in PEM, got {got}',
      'zh-CN': '“{path}”应为 PEM 格式的 CA 证书，实际为 {got}',
    },
    hint: {
      en: 'name exactly one CA certificate per file, never a key or a server certificate',
      'zh-CN': '每个文件只放一张 CA 证书，不要放私钥或服务器证书',
    },
  },
  MANIFEST_DOCUMENT: {
    ...input,
    message: {
      en: 'expected "{path}" to be a valid {kind}, got {got}',
      'zh-CN': '“{path}”应为有效的 {kind}，实际为 {got}',
    },
    hint: { en: 'correct the file at {at}', 'zh-CN': '请修正该文件的 {at} 处' },
  },
  MANIFEST_COMPONENT_SOURCE: {
    ...input,
    message: {
      en: 'expected component "{name}" to have exactly one of "package" and "file", got {got}',
      'zh-CN': '组件“{name}”应在“package”和“file”中恰好填写一个，实际为 {got}',
    },
    hint: {
      en: 'use "package" for an upstream package, "file" for a local .deb',
      'zh-CN': '上游软件包用“package”，本地 .deb 用“file”',
    },
  },
} as const satisfies ErrorRegistry;

export const manifestError = errorFactory(manifestErrors);
