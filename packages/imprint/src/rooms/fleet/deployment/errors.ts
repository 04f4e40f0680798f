import { type ErrorRegistry, errorFactory, type Localized } from '@imprint/protocol';

const fix: Localized = {
  en: 'correct this row and give the whole list again: nothing of it was kept',
  'zh-CN': '请改正该行后重新提交整个清单：未保留其中任何内容',
};
const bad = (message: Localized, hint: Localized = fix) => ({ status: 422, exit: 2, message, hint }) as const;

const listErrors = {
  FLEET_LIST_REJECTED: bad(
    {
      en: 'expected a list without mistakes, got {count} of them; nothing was changed',
      'zh-CN': '清单应无错误，实际有 {count} 处；未做任何更改',
    },
    {
      en: 'each is listed with its line; correct them and give the list again',
      'zh-CN': '每处错误均列出行号；请改正后重新提交',
    },
  ),
  FLEET_LIST_BYTES: bad(
    {
      en: 'expected CSV in UTF-8, UTF-16 or GB 18030 as base64, got something else',
      'zh-CN': '应为 UTF-8、UTF-16 或 GB 18030 的 CSV（base64），实际不是',
    },
    { en: 'save the list again as “CSV UTF-8”', 'zh-CN': '请另存为 “CSV UTF-8”' },
  ),
  FLEET_LIST_ROWS: bad({
    en: 'expected 1 to {maximum} rows below the header, got {got}',
    'zh-CN': '表头之下应有 1 至 {maximum} 行，实际为 {got}',
  }),
  FLEET_LIST_COLUMN: bad(
    {
      en: 'expected the column “{column}” once, got it {got} times',
      'zh-CN': '“{column}” 列应恰有一个，实际为 {got} 个',
    },
    {
      en: 'the header row names serial, asset_tag, agency and class',
      'zh-CN': '表头行应为 序列号、资产编号、机构代码、设备类别',
    },
  ),
  FLEET_LIST_QUOTES: bad({
    en: 'expected rows of CSV, got a stray quote or a row of another width',
    'zh-CN': '应为 CSV 行，引号或列数有误',
  }),
  FLEET_LIST_SERIAL: bad({
    en: 'expected the number a maker gave one machine, got “{got}”',
    'zh-CN': '应为厂商给予单台机器的序列号，实际为 “{got}”',
  }),
  FLEET_LIST_ASSET_TAG: bad({
    en: 'expected an asset tag of 1 to 64 printable characters, got “{got}”',
    'zh-CN': '资产编号应为 1 至 64 个可打印字符，实际为 “{got}”',
  }),
  FLEET_LIST_CLASS: bad({
    en: 'expected one of {known} as class, got “{got}”',
    'zh-CN': '设备类别应为 台式机、笔记本、瘦客户机、服务器、虚拟机（{known}）之一，实际为 “{got}”',
  }),
  FLEET_LIST_AGENCY: bad({
    en: 'expected the code of an agency you may see, got “{got}”',
    'zh-CN': '应为您可见机构的代码，实际为 “{got}”',
  }),
  FLEET_LIST_REPEATED: bad({
    en: 'expected each {column} once, this one stands in line {first} already',
    'zh-CN': '每个 {column} 只应出现一次，第 {first} 行已有',
  }),
  FLEET_LIST_TAKEN: bad({
    en: 'expected a machine that nobody has listed or enrolled otherwise, this one is',
    'zh-CN': '应为未另行登记的机器，但该机器已登记',
  }),
} as const satisfies ErrorRegistry;

const enrolErrors = {
  FLEET_DEPLOYMENT_TOKEN_SPENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected at most {most} devices with this deployment token, one more asks',
      'zh-CN': '此部署令牌最多用于 {most} 台设备，现又有一台申请',
    },
    hint: { en: 'issue another: imprint deploy token', 'zh-CN': '请另行签发：imprint deploy token' },
  },
  FLEET_DEPLOYMENT_SERIAL_UNKNOWN: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected a machine on the list of this deployment, its serial number is not there',
      'zh-CN': '机器应在本次部署的清单中，但其序列号不在其中',
    },
    hint: {
      en: 'add it: imprint deploy preregister LIST; the device asks again by itself',
      'zh-CN': '请加入清单：imprint deploy preregister 清单；设备会自动重试',
    },
  },
  FLEET_DEPLOYMENT_SERIAL_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing a second device with the serial number of one that is enrolled',
      'zh-CN': '拒绝与已登记设备序列号相同的第二台设备',
    },
    hint: {
      en: 'set up anew on purpose? release its row first: imprint deploy preregister LIST --again',
      'zh-CN': '确为重新安装？请先释放该行：imprint deploy preregister 清单 --again',
    },
  },
} as const satisfies ErrorRegistry;

export const deploymentErrors = { ...listErrors, ...enrolErrors };

export const deploymentError = errorFactory(deploymentErrors);
