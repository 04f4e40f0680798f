import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const buildErrors = {
  BUILD_NOT_ROOT: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected to run as root, got user id {uid}',
      'zh-CN': '需要以 root 身份运行，实际用户 ID 为 {uid}',
    },
    hint: {
      en: 'run the build as root: it mounts layers and sets file owners in a private namespace',
      'zh-CN': '请以 root 身份运行构建：它需要在私有命名空间中挂载各层并设置文件属主',
    },
  },
  BUILD_NO_OVERLAYFS: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected the kernel to offer overlayfs, got {found}',
      'zh-CN': '需要内核支持 overlayfs，实际为 {found}',
    },
    hint: {
      en: 'load the kernel module "overlay" or build on a machine whose kernel has it',
      'zh-CN': '请加载内核模块“overlay”，或在支持它的机器上构建',
    },
  },
  BUILD_BUSY: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected no other build in "{home}", got one that is running',
      'zh-CN': '“{home}”中已有构建正在进行',
    },
    hint: {
      en: 'wait for the other build to end, then run the command again',
      'zh-CN': '请等待另一个构建结束后重试',
    },
  },
  BUILD_CLOCK_BEHIND: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected the clock to be later than the locked archives ({archives}), got {now}',
      'zh-CN': '系统时间应晚于锁定的软件源时间（{archives}），实际为 {now}',
    },
    hint: {
      en: 'set the clock of this machine, then run the build again',
      'zh-CN': '请校正本机时钟后重新构建',
    },
  },
  BUILD_INPUT_MISSING: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected every locked input in the content store, got {missing} missing, first {first}',
      'zh-CN': '内容库中应包含所有锁定的输入，实际缺少 {missing} 个，首个为 {first}',
    },
    hint: { en: 'run "imprint edition lock" to fetch them', 'zh-CN': '请运行“imprint edition lock”获取' },
  },
  BUILD_POLICY_UNSUPPORTED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected package "{package}" for policy "{policy}", got none in the lock',
      'zh-CN': '策略“{policy}”需要软件包“{package}”，但锁定文件中没有',
    },
    hint: {
      en: 'add {package} to base.debian.packages or leave the policy out',
      'zh-CN': '请将 {package} 加入 base.debian.packages，或去掉该策略',
    },
  },
  BUILD_STEP_FAILED: {
    status: 500,
    exit: 4,
    message: {
      en: 'expected step "{step}" to succeed, got: {problem}',
      'zh-CN': '步骤“{step}”失败：{problem}',
    },
    hint: {
      en: 'read the lines above; correct what they name in the manifest or its inputs',
      'zh-CN': '请查看上述信息，并在清单或其输入中修正',
    },
  },
  BUILD_PACKAGE_SET: {
    status: 500,
    exit: 4,
    message: {
      en: 'expected exactly the locked packages to be installed, got {missing} missing and {unexpected} unexpected: {first}',
      'zh-CN': '安装的软件包应与锁定文件完全一致，实际缺少 {missing} 个、多出 {unexpected} 个：{first}',
    },
    hint: {
      en: 'resolve the lock again with "imprint edition lock"',
      'zh-CN': '请用“imprint edition lock”重新生成锁定文件',
    },
  },
  BUILD_ORDER: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected an order in which dpkg can unpack the packages, got a circle around {packages}',
      'zh-CN': '无法确定 dpkg 的解包顺序，{packages} 互相预依赖',
    },
    hint: {
      en: 'resolve the lock again with "imprint edition lock"',
      'zh-CN': '请用“imprint edition lock”重新生成锁定文件',
    },
  },
  BUILD_PATH_MISSING: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected "{path}" in the image for step "{step}", got none',
      'zh-CN': '步骤“{step}”需要映像中的“{path}”，但不存在',
    },
    hint: {
      en: 'add the package that carries {path} to base.debian.packages or correct the manifest',
      'zh-CN': '请将提供 {path} 的软件包加入 base.debian.packages，或修正清单',
    },
  },
  BUILD_DEVICE_SPECIFIC: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing to ship what belongs to one device: {paths}',
      'zh-CN': '拒绝发布属于单台设备的内容：{paths}',
    },
    hint: {
      en: 'remove these paths from the component that brings them',
      'zh-CN': '请从带入这些路径的组件中将其移除',
    },
  },
  BUILD_NO_SPACE: {
    status: 507,
    exit: 4,
    message: {
      en: 'expected room for the build in {place}, got a full file system',
      'zh-CN': '{place} 的空间不足，无法完成构建',
    },
    hint: {
      en: 'free space or memory, then run the build again; finished layers are kept',
      'zh-CN': '请释放磁盘或内存后重新构建；已完成的层会保留',
    },
  },
  BUILD_TOO_LARGE: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected {what} to be at most {limitBytes} bytes, got {sizeBytes}',
      'zh-CN': '{what} 不应超过 {limitBytes} 字节，实际为 {sizeBytes}',
    },
    hint: {
      en: 'remove packages or components from the manifest',
      'zh-CN': '请从清单中移除部分软件包或组件',
    },
  },
  BUILD_WORKER_DIED: {
    status: 500,
    exit: 4,
    message: {
      en: 'expected the build to finish, got its end by {outcome}: {lastLines}',
      'zh-CN': '构建因 {outcome} 意外结束：{lastLines}',
    },
    hint: {
      en: 'run the build again; it goes on from the last finished layer',
      'zh-CN': '请重新构建；将从最后完成的层继续',
    },
  },
} as const satisfies ErrorRegistry;

export const buildError = errorFactory(buildErrors);
