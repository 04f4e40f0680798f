import { lockInstant } from '../sbom/facts.ts';
import { differences } from './differences.ts';
import { both, code, count, escapeHtml, languageChoice, page, section, table } from './html.ts';
import type { ColophonInput } from './model.ts';
import { policies, suppliers } from './suppliers.ts';

/**
 * Renders the page that tells a person what an edition is: what differs from upstream, who supplied what, every
 * figure with the date it is from. It needs no script and nothing from elsewhere, Chinese first with English beside.
 */
export function renderColophon(input: ColophonInput): string {
  const { lock } = input.bill;
  const { title } = lock.manifest;
  const body = [
    `<header><div>${languageChoice}
<p class="quiet">${both('版本说明页', 'Colophon')}</p>
<h1>${both(escapeHtml(title['zh-CN']), escapeHtml(title.en))}</h1>
<p>${code(`${lock.edition} ${lock.version}`)}</p></div></header>
<main>`,
    whatItIs(input),
    integrity(input),
    differences(input),
    policies(input.policies),
    suppliers(input),
    contents(input),
    digests(input),
    `</main>
<footer><div><p>${both('本页由构建生成，同一锁文件得到相同的字节。完整清单见同目录的证据文件。', 'This page is made by the build; the same lock gives the same bytes. The whole lists are in the evidence files beside it.')}</p></div></footer>`,
  ];
  const name = `${title['zh-CN']} · ${title.en} ${lock.version}`;
  return page(escapeHtml(name), body.join('\n'));
}

const dated = (date: string) =>
  `<span class="quiet">(<time datetime="${date}">${date.slice(0, 10)}</time>)</span>`;

function whatItIs({ bill }: ColophonInput): string {
  const { lock } = bill;
  const { debian } = lock.manifest.base;
  const { language, timezone, keyboard } = lock.manifest.locale;
  const rows = [
    [both('上游', 'Upstream'), `Debian ${escapeHtml(debian.suite)} · ${escapeHtml(debian.profile)}`],
    [both('语言与时区', 'Language and time zone'), escapeHtml(`${language} · ${timezone} · ${keyboard}`)],
    [both('密码体系', 'Cryptography profile'), escapeHtml(lock.manifest.trust.profile)],
    [both('服务地址', 'Services'), code(lock.manifest.services.imprint)],
    ...lock.archives.map(({ archive, suite, date }) => [
      both('上游索引', 'Upstream index'),
      `${escapeHtml(archive)} · ${escapeHtml(suite)} ${dated(date)}`,
    ]),
  ];
  const columns = [
    { zh: '项目', en: 'Item' },
    { zh: '内容', en: 'Value' },
  ];
  return section(
    'edition',
    '这是什么版本',
    'What this edition is',
    table(both('基本信息', 'Facts'), columns, rows),
  );
}

function figure(value: number, zh: string, en: string, good = false): string {
  return `<li${good ? ' class="good"' : ''}><b>${count(value)}</b>${both(zh, en)}</li>`;
}

function integrity({ bill, manifest, agreement }: ColophonInput): string {
  const { core, overlay, modified, missing, violations } = manifest.counts;
  const figures = [
    figure(core, '核心，未改动', 'core, unchanged', true),
    figure(overlay, '新增', 'added'),
    figure(modified, '改动，均有依据', 'changed, each with its ground'),
    figure(missing, '移除', 'removed'),
    figure(violations, '违反约定', 'violations', violations === 0),
  ];
  const vendor = agreement?.mutableCore.vendor;
  const ground =
    vendor === undefined
      ? both('未约定任何可变的核心路径。', 'No path of the core is agreed to change.')
      : both(
          `可变路径由 ${escapeHtml(vendor)} 事先约定。`,
          `What may change was agreed beforehand by ${escapeHtml(vendor)}.`,
        );
  const explained = both(
    '镜像中的每个路径都与上游软件包自身的摘要，以及不含叠加层的纯净构建逐一比对：内容、权限、属主、链接与扩展属性。',
    "Every path of the image was compared with the upstream packages' own digests and with a clean build without the overlay: content, mode, owner, links and extended attributes.",
  );
  return section(
    'integrity',
    '核心完整性',
    'Core integrity',
    `<ul class="figures">${figures.join('')}</ul><p>${explained} ${ground} ${dated(lockInstant(bill.lock))}</p>`,
  );
}

function contents({ bill }: ColophonInput): string {
  const licensed = bill.upstream.filter(({ facts }) => facts.licences.length > 0).length;
  const date = dated(lockInstant(bill.lock));
  const columns = [
    { zh: '项目', en: 'Item' },
    { zh: '数值', en: 'Value' },
  ];
  const rows = [
    [both('上游软件包', 'Upstream packages'), `${bill.upstream.length} ${date}`],
    [both('本地组件', 'Local components'), `${bill.local.length} ${date}`],
    [both('证书与病毒定义', 'Certificates and definitions'), `${bill.data.length} ${date}`],
    [both('许可证可机读的软件包', 'Packages whose licence is machine-readable'), `${licensed} ${date}`],
    [both('CVE 结论', 'CVE findings'), both('未知：未导入漏洞数据源', 'unknown: no feed imported')],
  ];
  const table_ = table(both('物料清单', 'Bill of materials'), columns, rows);
  return section('contents', '组成', 'Contents', table_);
}

function digests({ bill, manifest, artifacts, agreement }: ColophonInput): string {
  const rows = [
    ...artifacts.flatMap(({ name, digests: { sha256, sm3 } }) => [
      [escapeHtml(name), 'SHA-256', code(sha256)],
      ...(sm3 === undefined ? [] : [[escapeHtml(name), 'SM3', code(sm3)]]),
    ]),
    [both('锁文件', 'Lock'), 'SHA-256', code(bill.lockSha256)],
    [
      both('完整性清单的 Merkle 根', 'Merkle root of the integrity manifest'),
      'SHA-256',
      code(manifest.merkleRoot),
    ],
    ...(agreement === undefined
      ? []
      : [[both('厂商约定清单', "The vendor's agreed list"), 'SHA-256', code(agreement.sha256)]]),
  ];
  const columns = [
    { zh: '对象', en: 'Of' },
    { zh: '算法', en: 'Algorithm' },
    { zh: '摘要', en: 'Digest' },
  ];
  return section(
    'digests',
    '摘要',
    'Digests',
    table(both('用以核对的摘要', 'Digests to compare with'), columns, rows),
  );
}
