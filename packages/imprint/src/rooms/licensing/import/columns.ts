import type { DeviceClass, Sector } from '@imprint/protocol';

/** The columns of an import, by the name they have in the header row. */
export const columnNames = [
  'code',
  'parent',
  'kind',
  'sector',
  'name_en',
  'name_zh',
  'agreement',
  'class',
  'floor',
  'ceiling',
] as const;
export type ColumnName = (typeof columnNames)[number];

/** Columns a header row must have; the others belong to seats. */
export const requiredColumns: readonly ColumnName[] = [
  'code',
  'parent',
  'kind',
  'sector',
  'name_en',
  'name_zh',
];

/** Characters a cell may have. */
export const columnLimits: Readonly<Record<ColumnName, number>> = {
  code: 64,
  parent: 64,
  kind: 32,
  sector: 32,
  name_en: 200,
  name_zh: 200,
  agreement: 100,
  class: 32,
  floor: 10,
  ceiling: 10,
};

const headerAliases: Readonly<Record<string, ColumnName>> = {
  机构代码: 'code',
  上级代码: 'parent',
  类型: 'kind',
  行业: 'sector',
  英文名称: 'name_en',
  中文名称: 'name_zh',
  协议编号: 'agreement',
  设备类别: 'class',
  保底席位: 'floor',
  保留席位: 'floor',
  席位上限: 'ceiling',
};

/** Columns for people, which are not read. */
const remarkHeaders = new Set(['remark', '备注']);

/** The column a header cell names; `remark` for one that is not read, undefined for an unknown one. */
export function columnOf(header: string): ColumnName | 'remark' | undefined {
  const name = header.trim().toLowerCase();
  if (remarkHeaders.has(name)) return 'remark';
  return columnNames.find((column) => column === name) ?? headerAliases[name];
}

/** Kinds an imported agency may have: the nation is there already. */
export type ImportedKind = 'ministry' | 'province' | 'agency' | 'site';

/** What may be written for each kind. */
export const kindWords: Readonly<Record<string, ImportedKind>> = {
  ministry: 'ministry',
  province: 'province',
  agency: 'agency',
  site: 'site',
  部委: 'ministry',
  省: 'province',
  机构: 'agency',
  站点: 'site',
};

/** What may be written for each sector. */
export const sectorWords: Readonly<Record<string, Sector>> = {
  government: 'government',
  energy: 'energy',
  telecoms: 'telecoms',
  transport: 'transport',
  finance: 'finance',
  other: 'other',
  政府: 'government',
  能源: 'energy',
  电信: 'telecoms',
  交通: 'transport',
  金融: 'finance',
  其他: 'other',
};

/** What may be written for each class of device. */
export const classWords: Readonly<Record<string, DeviceClass>> = {
  desktop: 'desktop',
  laptop: 'laptop',
  'thin-client': 'thin-client',
  server: 'server',
  virtual: 'virtual',
  台式机: 'desktop',
  笔记本: 'laptop',
  瘦客户机: 'thin-client',
  服务器: 'server',
  虚拟机: 'virtual',
};

/** The value a word of a table stands for, upper and lower case alike. */
export function wordIn<T extends string>(words: Readonly<Record<string, T>>, text: string): T | undefined {
  const key = text.toLowerCase();
  return Object.hasOwn(words, key) ? words[key] : undefined;
}
