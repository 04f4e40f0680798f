import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;
const unavailable = { status: 503, exit: 4 } as const;
const refused = { status: 422, exit: 1 } as const;

export const lockErrors = {
  LOCK_KEYRING_MISSING: {
    ...unavailable,
    message: {
      en: 'expected the archive keyring {keyring}, got none',
      'zh-CN': '应有软件仓库密钥环 {keyring}，实际没有',
    },
    hint: {
      en: 'install the package debian-archive-keyring',
      'zh-CN': '请安装软件包 debian-archive-keyring',
    },
  },
  LOCK_ARCHIVE_KEY_MISSING: {
    ...unavailable,
    message: {
      en: 'refusing to resolve: the archive {archive} is signed by a key that {keyring} does not hold',
      'zh-CN': '拒绝解析：软件仓库 {archive} 的签名密钥不在 {keyring} 中',
    },
    hint: {
      en: 'bring the package debian-archive-keyring up to date; an older one lacks the keys of newer suites',
      'zh-CN': '请更新软件包 debian-archive-keyring；旧版本缺少新发行版的密钥',
    },
  },
  LOCK_ARCHIVE_SIGNATURE: {
    ...refused,
    message: {
      en: 'refusing to resolve: the signature of archive {archive} does not verify: {reason}',
      'zh-CN': '拒绝解析：软件仓库 {archive} 的签名验证失败：{reason}',
    },
    hint: {
      en: 'the mirror or what lies between changed the index; try another mirror and tell its operator',
      'zh-CN': '镜像或传输途中修改了索引；请更换镜像并告知其维护者',
    },
  },
  LOCK_ARCHIVE_EXPIRED: {
    ...refused,
    message: {
      en: 'refusing to resolve: the index of archive {archive} is not valid now: {reason}',
      'zh-CN': '拒绝解析：软件仓库 {archive} 的索引当前无效：{reason}',
    },
    hint: {
      en: 'check the clock of this machine; if it is right, the mirror is stale or rolled back',
      'zh-CN': '请检查本机时钟；若时钟正确，则镜像已过时或被回退',
    },
  },
  LOCK_ARCHIVE_UNREACHABLE: {
    ...unavailable,
    message: {
      en: 'expected the index of archive {archive}, got {reason}',
      'zh-CN': '应能获取软件仓库 {archive} 的索引，实际为 {reason}',
    },
    hint: {
      en: 'check the network and the mirror in base.debian, then run the command again',
      'zh-CN': '请检查网络和 base.debian 中的镜像，然后重新运行该命令',
    },
  },
  LOCK_UNRESOLVED: {
    ...input,
    message: {
      en: 'expected a resolvable manifest, got {count} problems in {file}',
      'zh-CN': '清单应可解析，但 {file} 有 {count} 处问题',
    },
    hint: { en: 'correct every problem listed', 'zh-CN': '请逐一修正所列问题' },
  },
  LOCK_PACKAGE_MISSING: {
    ...input,
    message: {
      en: 'expected upstream {suite} to have the package "{package}", got none',
      'zh-CN': '上游 {suite} 中应有软件包“{package}”，实际没有',
    },
    hint: {
      en: 'check the name; near it: {suggestion}',
      'zh-CN': '请检查名称；相近的有：{suggestion}',
    },
  },
  LOCK_PACKAGE_REMOVED: {
    ...input,
    message: {
      en: 'expected "{package}" to be either asked for or removed, got both',
      'zh-CN': '“{package}”只能被选用或移除，实际两者都有',
    },
    hint: {
      en: 'it is asked for by {askedBy}; drop that or take the name out of remove',
      'zh-CN': '它由 {askedBy} 选用；请取消选用或从 remove 中去掉',
    },
  },
  LOCK_REMOVED_NEEDED: {
    ...input,
    message: {
      en: 'expected nothing to need the removed package "{package}", got {neededBy}',
      'zh-CN': '不应有软件包依赖已移除的“{package}”，实际有 {neededBy}',
    },
    hint: {
      en: '{neededBy} comes in through {askedBy}; drop that or keep "{package}"',
      'zh-CN': '{neededBy} 由 {askedBy} 引入；请取消它，或保留“{package}”',
    },
  },
  LOCK_CONFLICT: {
    ...input,
    message: {
      en: 'expected "{package}" to be installable with the rest, got: {reason}',
      'zh-CN': '“{package}”应能与其余软件包共存，实际为：{reason}',
    },
    hint: {
      en: 'drop one of the packages that exclude each other, or what brings it in',
      'zh-CN': '请去掉互斥软件包中的一个，或引入它的条目',
    },
  },
  LOCK_COMPONENT_INVALID: {
    ...input,
    message: {
      en: 'expected the component "{name}" to be a Debian package for {architecture}, got {got}',
      'zh-CN': '组件“{name}”应为 {architecture} 架构的 Debian 软件包，实际为 {got}',
    },
    hint: {
      en: 'build it again with dpkg-deb, or name another file',
      'zh-CN': '请用 dpkg-deb 重新构建，或引用其他文件',
    },
  },
  LOCK_DIGEST_MISMATCH: {
    ...refused,
    message: {
      en: 'refusing "{path}": expected sha256 {expected}, got {got}',
      'zh-CN': '拒绝“{path}”：sha256 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'ask its supplier which is right; state the digest of the file that was reviewed',
      'zh-CN': '请向供应方核实；清单中应写经审核的文件的摘要',
    },
  },
  LOCK_FILE_INVALID: {
    ...input,
    message: { en: 'expected a lock in {file}, got {got}', 'zh-CN': '{file} 应为锁文件，实际为 {got}' },
    hint: {
      en: 'write it again with imprint edition lock',
      'zh-CN': '请用 imprint edition lock 重新生成',
    },
  },
  LOCK_INPUT_MISSING: {
    ...unavailable,
    message: {
      en: 'expected the {role} "{name}" in the content store, got none with sha256 {sha256}',
      'zh-CN': '内容库中应有 {role}“{name}”，实际没有 sha256 为 {sha256} 的数据',
    },
    hint: {
      en: 'run imprint edition lock where the manifest and its files are, or copy the store from there',
      'zh-CN': '请在清单及其文件所在处运行 imprint edition lock，或从那里复制内容库',
    },
  },
  LOCK_FETCH_FAILED: {
    ...unavailable,
    message: {
      en: 'expected {url}, got {reason} after {attempts} attempts',
      'zh-CN': '应能获取 {url}，尝试 {attempts} 次后为：{reason}',
    },
    hint: {
      en: 'what came so far is kept; run the command again when the network is back',
      'zh-CN': '已下载的部分会保留；网络恢复后请重新运行该命令',
    },
  },
  LOCK_PACKAGE_GONE: {
    ...unavailable,
    message: {
      en: 'expected {url} on the mirror, got status {status}',
      'zh-CN': '镜像上应有 {url}，实际状态为 {status}',
    },
    hint: {
      en: 'mirrors drop superseded packages: lock again, or fetch from a mirror that keeps them',
      'zh-CN': '镜像会删除已被取代的软件包：请重新锁定，或使用保留旧版本的镜像',
    },
  },
  LOCK_CONTENT_MISMATCH: {
    ...refused,
    message: {
      en: 'refusing {url}: expected sha256 {expected}, got {got}',
      'zh-CN': '拒绝 {url}：sha256 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'nothing was kept; use another mirror and tell the operator of this one',
      'zh-CN': '内容未保留；请更换镜像，并告知该镜像的维护者',
    },
  },
} as const satisfies ErrorRegistry;

export const lockError = errorFactory(lockErrors);
