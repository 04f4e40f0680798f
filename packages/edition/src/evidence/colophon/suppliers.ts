import type { PolicyRecord } from '@imprint/protocol';
import { both, code, escapeHtml, section, table } from './html.ts';
import type { ColophonInput } from './model.ts';

const roles: Readonly<Record<string, readonly [string, string]>> = {
  antivirus: ['防病毒', 'antivirus'],
  agent: ['设备代理', 'agent'],
  cryptography: ['密码', 'cryptography'],
  office: ['办公', 'office'],
  browser: ['浏览器', 'browser'],
  other: ['其他', 'other'],
};

/** Who supplied which part, with its digest. */
export function suppliers({ bill }: ColophonInput): string {
  const title = (role: string) => both(...(roles[role] ?? [role, role]));
  const local = bill.local.map(({ input, component, facts, evidence }) => [
    `${escapeHtml(facts.name)} ${escapeHtml(facts.version)}`,
    title(component.role),
    escapeHtml(component.supplier),
    code(input.sha256),
    evidence === undefined ? both('未提供', 'none given') : code(evidence.sha256),
  ]);
  const chosen = bill.upstream.flatMap(({ locked, component }) =>
    component === undefined
      ? []
      : [
          [
            `${escapeHtml(locked.name)} ${escapeHtml(locked.version)}`,
            title(component.role),
            escapeHtml(component.supplier),
            code(locked.sha256),
            both('上游签名索引', "upstream's signed index"),
          ],
        ],
  );
  const rows = [...local, ...chosen];
  const upstream = bill.upstream.length;
  const content = [
    `<p>${both(`${upstream} 个上游软件包由 Debian 项目提供。`, `${upstream} upstream packages are supplied by the Debian Project.`)}</p>`,
    rows.length === 0
      ? ''
      : table(
          both('按角色选定的组件', 'Components chosen by role'),
          [
            { zh: '组件', en: 'Component' },
            { zh: '角色', en: 'Role' },
            { zh: '供应方', en: 'Supplier' },
            { zh: '摘要（SHA-256）', en: 'Digest (SHA-256)' },
            { zh: '证明材料', en: 'Evidence' },
          ],
          rows,
        ),
  ];
  return section('suppliers', '供应方', 'Who supplied what', content.join('\n'));
}

function intentOf({ intended }: PolicyRecord): string {
  if (typeof intended === 'boolean') return intended ? both('是', 'yes') : both('否', 'no');
  return escapeHtml(String(intended));
}

/** The policy baseline: what is intended, and who asked for it. */
export function policies(records: readonly PolicyRecord[]): string {
  const titleOf = ({ id, title }: PolicyRecord) =>
    title === undefined ? escapeHtml(id) : both(escapeHtml(title['zh-CN']), escapeHtml(title.en));
  const content =
    records.length === 0
      ? `<p>${both('未声明策略。', 'No policy is stated.')}</p>`
      : table(
          both(
            '策略基线：意图、来源与设备上的核查项数',
            'Policy baseline: intent, source, and how many checks a device makes',
          ),
          [
            { zh: '策略', en: 'Policy' },
            { zh: '意图', en: 'Intended' },
            { zh: '来源', en: 'Source' },
            { zh: '核查项', en: 'Checks', numeric: true },
          ],
          records.map((record) => [
            titleOf(record),
            intentOf(record),
            code(record.source),
            String(record.observe.length),
          ]),
        );
  return section('policy', '策略', 'Policy', content);
}
