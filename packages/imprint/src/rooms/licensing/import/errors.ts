import { type ErrorRegistry, errorFactory, type Localized } from '@imprint/protocol';

const fix: Localized = {
  en: 'correct this row and import the whole file again: what is already there stays as it is',
  'zh-CN': '请改正该行后重新导入整个文件：已有内容保持不变',
};

/** A row that is wrong by itself. */
const bad = (message: Localized, hint: Localized = fix) => ({ status: 422, exit: 2, message, hint }) as const;

const fileErrors = {
  LICENSING_IMPORT_REJECTED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a file without mistakes, got {count} of them; nothing was changed',
      'zh-CN': '文件应无错误，实际有 {count} 处；未做任何更改',
    },
    hint: {
      en: 'each is listed with its line; correct them and import the file again',
      'zh-CN': '每处错误均列出行号；请改正后重新导入',
    },
  },
  LICENSING_IMPORT_MORE: bad(
    {
      en: 'expected at most {shown} mistakes to list, got {rest} more',
      'zh-CN': '最多列出 {shown} 处错误，另有 {rest} 处',
    },
    { en: 'correct those listed first', 'zh-CN': '请先改正已列出的错误' },
  ),
  LICENSING_IMPORT_SIZE: {
    status: 413,
    exit: 2,
    message: {
      en: 'expected a file of at most {maximum} bytes, got {got}',
      'zh-CN': '文件最大为 {maximum} 字节，实际为 {got}',
    },
    hint: { en: 'split the file', 'zh-CN': '请拆分文件' },
  },
  LICENSING_IMPORT_BASE64: bad(
    { en: 'expected the file in base64, got something else', 'zh-CN': '文件应以 base64 编码，实际不是' },
    { en: 'use imprint licence import FILE', 'zh-CN': '请使用 imprint licence import FILE' },
  ),
  LICENSING_IMPORT_ENCODING: bad(
    {
      en: 'expected UTF-8, UTF-16 with a byte order mark or GB 18030, got bytes that are none of them',
      'zh-CN': '编码应为 UTF-8、带字节序标记的 UTF-16 或 GB 18030，实际均不符',
    },
    {
      en: 'save the file again as “CSV UTF-8” in the program it comes from',
      'zh-CN': '请在原程序中另存为 “CSV UTF-8”',
    },
  ),
  LICENSING_IMPORT_EMPTY: bad(
    { en: 'expected a header row, got an empty file', 'zh-CN': '应有表头行，实际为空文件' },
    {
      en: 'begin with code,parent,kind,sector,name_en,name_zh',
      'zh-CN': '首行应为 机构代码,上级代码,类型,行业,英文名称,中文名称',
    },
  ),
  LICENSING_IMPORT_ROWS: bad(
    { en: 'expected at most {maximum} rows, got more', 'zh-CN': '最多 {maximum} 行，实际更多' },
    { en: 'split the file, wider agencies first', 'zh-CN': '请拆分文件，先导入上级机构' },
  ),
  LICENSING_IMPORT_COLUMNS: bad(
    { en: 'expected at most {maximum} columns, got {got}', 'zh-CN': '最多 {maximum} 列，实际为 {got}' },
    { en: 'remove the columns that are not read', 'zh-CN': '请删除不读取的列' },
  ),
  LICENSING_IMPORT_COLUMN_MISSING: bad(
    { en: 'expected a column “{column}”, got none', 'zh-CN': '应有 “{column}” 列，实际没有' },
    {
      en: 'the header row names the columns; their order is free',
      'zh-CN': '列名写在表头行中，顺序不限',
    },
  ),
  LICENSING_IMPORT_COLUMN_REPEATED: bad(
    {
      en: 'expected the column “{column}” once, got it again',
      'zh-CN': '“{column}” 列只应出现一次，实际重复',
    },
    { en: 'remove one of them', 'zh-CN': '请删除其中一列' },
  ),
  LICENSING_IMPORT_COLUMN_UNKNOWN: bad(
    {
      en: 'expected one of {known} as a column, got “{column}”',
      'zh-CN': '列名应为 {known} 之一，实际为 “{column}”',
    },
    {
      en: 'correct its name, or name it “remark” when it is for people only',
      'zh-CN': '请改正列名；仅供人阅读的列请命名为“备注”',
    },
  ),
  LICENSING_IMPORT_QUOTES: bad(
    {
      en: 'expected quotes that close and stand around a whole cell, got a stray one in the row of line {line}',
      'zh-CN': '引号应成对并包住整个单元格，第 {line} 行所在记录的引号有误',
    },
    {
      en: 'write a quote inside a cell as two quotes; rows after this one were not read',
      'zh-CN': '单元格内的引号应写成两个引号；此行之后的内容未读取',
    },
  ),
} as const satisfies ErrorRegistry;

const cellErrors = {
  LICENSING_IMPORT_WIDTH: bad({
    en: 'expected {columns} cells as in the header row, got {got}',
    'zh-CN': '应与表头一致为 {columns} 个单元格，实际为 {got} 个',
  }),
  LICENSING_IMPORT_CELL_EMPTY: bad({
    en: 'expected “{column}”, got nothing',
    'zh-CN': '“{column}” 不能为空',
  }),
  LICENSING_IMPORT_CELL_LONG: bad({
    en: 'expected “{column}” of at most {maximum} characters, got {got}',
    'zh-CN': '“{column}” 最多 {maximum} 个字符，实际为 {got} 个',
  }),
  LICENSING_IMPORT_CELL_CONTROL: bad({
    en: 'expected text in “{column}”, got control characters',
    'zh-CN': '“{column}” 应为文本，实际含有控制字符',
  }),
  LICENSING_IMPORT_CODE: bad({
    en: 'expected a code of capital letters, digits and hyphens in “{column}”, got “{got}”',
    'zh-CN': '“{column}” 应由大写字母、数字与连字符组成，实际为 “{got}”',
  }),
  LICENSING_IMPORT_KIND: bad({
    en: 'expected one of {known} as kind, got “{got}”',
    'zh-CN': '类型应为 部委、省、机构、站点（{known}）之一，实际为 “{got}”',
  }),
  LICENSING_IMPORT_SECTOR: bad({
    en: 'expected one of {known} as sector, got “{got}”',
    'zh-CN': '行业应为 政府、能源、电信、交通、金融、其他（{known}）之一，实际为 “{got}”',
  }),
  LICENSING_IMPORT_CLASS: bad({
    en: 'expected one of {known} as class, got “{got}”',
    'zh-CN': '设备类别应为 台式机、笔记本、瘦客户机、服务器、虚拟机（{known}）之一，实际为 “{got}”',
  }),
  LICENSING_IMPORT_SEATS: bad({
    en: 'expected a whole number from {minimum} to {maximum} as {column}, got “{got}”',
    'zh-CN': '{column} 应为 {minimum} 至 {maximum} 的整数，实际为 “{got}”',
  }),
  LICENSING_IMPORT_BOUNDS: bad({
    en: 'expected a floor of at most the ceiling {ceiling}, got {floor}',
    'zh-CN': '保底席位不得超过席位上限 {ceiling}，实际为 {floor}',
  }),
  LICENSING_IMPORT_SEATS_PARTIAL: bad({
    en: 'expected agreement, class and ceiling together, got no “{column}”',
    'zh-CN': '协议编号、设备类别与席位上限须同时给出，缺少 “{column}”',
  }),
} as const satisfies ErrorRegistry;

const treeErrors = {
  LICENSING_IMPORT_DUPLICATE: bad({
    en: 'expected agency {code} once for the same seats, got it in line {first} already',
    'zh-CN': '机构 {code} 的同一席位只应出现一次，第 {first} 行已有',
  }),
  LICENSING_IMPORT_CONTRADICTION: bad({
    en: 'expected agency {code} as in line {first}, got another {column}',
    'zh-CN': '机构 {code} 应与第 {first} 行一致，实际 {column} 不同',
  }),
  LICENSING_IMPORT_AGENCY_DIFFERS: bad(
    {
      en: 'expected agency {code} as it is known, got another {column}',
      'zh-CN': '机构 {code} 应与已登记的一致，实际 {column} 不同',
    },
    {
      en: 'an import adds agencies and sets seats; it changes no agency that is there',
      'zh-CN': '导入只新增机构并设置席位，不更改已有机构',
    },
  ),
  LICENSING_IMPORT_PARENT_UNKNOWN: bad({
    en: 'expected the parent {parent} in the file or among the agencies you may see, got neither',
    'zh-CN': '上级机构 {parent} 应在文件中或在您可见的机构之中，实际均没有',
  }),
  LICENSING_IMPORT_LOOP: bad({
    en: 'expected agencies that lead up to one you may see, got the loop {loop}',
    'zh-CN': '机构应逐级归属到您可见的机构，实际形成循环 {loop}',
  }),
  LICENSING_IMPORT_MISPLACED: bad({
    en: 'expected a kind of agency that may stand below a {parent}, got {kind}',
    'zh-CN': '{parent} 之下不能设置 {kind}',
  }),
  LICENSING_IMPORT_DEPTH: bad({
    en: 'expected at most {maximum} levels of agencies, got more',
    'zh-CN': '机构层级最多 {maximum} 级，实际更多',
  }),
  LICENSING_IMPORT_AGREEMENT_UNKNOWN: bad({
    en: 'expected agreement {agreement} to be in force, it is not known',
    'zh-CN': '协议 {agreement} 应有效，实际未知',
  }),
  LICENSING_IMPORT_ENTITLEMENT_UNKNOWN: bad({
    en: 'expected agreement {agreement} to have seats for {class}, it has none',
    'zh-CN': '协议 {agreement} 应含 {class} 席位，实际没有',
  }),
  LICENSING_IMPORT_ENTITLEMENT_AMBIGUOUS: bad(
    {
      en: 'expected one entitlement of agreement {agreement} for {class}, got {got}',
      'zh-CN': '协议 {agreement} 中 {class} 的授权应唯一，实际有 {got} 个',
    },
    { en: 'name the one meant with --entitlement ID', 'zh-CN': '请用 --entitlement ID 指定授权' },
  ),
  LICENSING_IMPORT_OUTSIDE: bad({
    en: 'expected an agency below the licensee of agreement {agreement}, got {code}',
    'zh-CN': '机构应位于协议 {agreement} 的被许可方之下，实际为 {code}',
  }),
} as const satisfies ErrorRegistry;

export const importErrors = { ...fileErrors, ...cellErrors, ...treeErrors };

export const importError = errorFactory(importErrors);
