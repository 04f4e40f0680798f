import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Refusals of making installation media and network boot files. */
export const deployErrors = {
  DEPLOY_FILE_ABSENT: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected {path} in the edition’s root tree for its installer, found none',
      'zh-CN': '该版本的根目录树中应有安装程序所需的 {path}，但未找到',
    },
    hint: {
      en: 'the installer is made of the edition itself: give it this package and release it again',
      'zh-CN': '安装程序由该版本自身的文件制成：请加入所缺软件包后重新发布',
    },
  },
  DEPLOY_IDENTITY_IN_IMAGE: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing an image that holds an identity of one device: {paths}',
      'zh-CN': '拒绝含有单台设备身份信息的镜像：{paths}',
    },
    hint: {
      en: 'every device of it would be the same one; press the edition again and find which package left this behind',
      'zh-CN': '所有设备将成为同一台设备；请重新制作该版本并查明是哪个软件包留下了这些内容',
    },
  },
  DEPLOY_TOOL_ABSENT: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected {path} among the tools of the edition’s lock, found none',
      'zh-CN': '该版本锁文件的工具中应有 {path}，但未找到',
    },
    hint: {
      en: 'lock the edition again with this version of imprint',
      'zh-CN': '请用当前版本的 imprint 重新锁定该版本',
    },
  },
} as const satisfies ErrorRegistry;

export const deployError = errorFactory(deployErrors);
