import type { Reason } from '@imprint/protocol';
import { both, escapeHtml } from '../../../../evidence/colophon/html.ts';

type Words = readonly [string, string];

/** What each step of a Windows edition does, in people's words; a step not named here goes by its own name. */
const stepTitles: Readonly<Record<string, Words>> = {
  locale: ['语言、键盘与时区', 'language, keyboard and time zone'],
  'trust-roots': ['根证书', 'root certificates'],
  components: ['本地组件', 'local components'],
  antivirus: ['防病毒', 'antivirus'],
  agent: ['设备代理', 'device agent'],
  services: ['服务地址', 'services'],
  policy: ['策略基线', 'policy baseline'],
  removal: ['不再恢复的应用', 'applications kept from returning'],
  identity: ['版本标识', 'release identity'],
  'first-boot': ['首次启动计划', 'first-boot plan'],
  'answer-file': ['应答文件', 'answer file'],
  catalog: ['新增文件编录', 'catalog of added files'],
};

export function stepWords(step: string): Words {
  return stepTitles[step] ?? [escapeHtml(step), escapeHtml(step)];
}

export const stepTitle = (step: string): string => both(...stepWords(step));

export const reasonHtml = (reason: Reason): string =>
  typeof reason === 'string' ? escapeHtml(reason) : both(escapeHtml(reason['zh-CN']), escapeHtml(reason.en));

const facetTitles: Readonly<Record<string, Words>> = {
  content: ['内容', 'content'],
  'security-descriptor': ['所有者与访问列表', 'owner and access list'],
  attributes: ['属性', 'attributes'],
  'short-name': ['短文件名', 'short name'],
  times: ['创建时间', 'creation time'],
};

export function facetsHtml(facets: readonly string[]): string {
  const words = facets.map((facet): Words => facetTitles[facet] ?? [facet, facet]);
  return both(words.map(([zh]) => zh).join('、'), words.map(([, en]) => en).join(', '));
}
