import {
  both,
  code,
  count,
  escapeHtml,
  languageChoice,
  page,
  section,
  table,
} from '../../../../evidence/colophon/html.ts';
import { policies } from '../../../../evidence/colophon/suppliers.ts';
import { lockInstant } from '../../../../evidence/sbom/facts.ts';
import { imageVersion } from '../bill.ts';
import { differences } from './differences.ts';
import { firstBoot } from './first-boot.ts';
import { limits } from './limits.ts';
import type { WindowsColophon } from './model.ts';
import { registry } from './registry.ts';
import { suppliers } from './suppliers.ts';

/**
 * Renders the page that tells a person what a Windows edition is: what differs from the vendor's image, what is only
 * declared, and what nobody has looked at yet. It needs no script and nothing from elsewhere.
 */
export function renderWindowsColophon(input: WindowsColophon): string {
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
    registry(input),
    firstBoot(input),
    policies(input.policies),
    suppliers(input),
    limits(input),
    digests(input),
    `</main>
<footer><div><p>${both('本页由构建生成，相同输入得到相同的字节。完整清单见同目录的证据文件。', 'This page is made by the build; the same inputs give the same bytes. The whole lists are in the evidence files beside it.')}</p></div></footer>`,
  ];
  return page(escapeHtml(`${title['zh-CN']} · ${title.en} ${lock.version}`), body.join('\n'));
}

const dated = (date: string) =>
  `<span class="quiet">(<time datetime="${date}">${date.slice(0, 10)}</time>)</span>`;

function whatItIs({ bill }: WindowsColophon): string {
  const { lock } = bill;
  const { image, manifest } = lock;
  const { language, timezone, keyboard } = manifest.locale;
  const rows = [
    [
      both('厂商映像', "The vendor's image"),
      `${escapeHtml(image.name)} · ${escapeHtml(imageVersion(lock))} ${dated(lockInstant(lock))}`,
    ],
    [both('版本标识', 'Edition id'), code(image.editionId)],
    [both('映像语言', 'Languages of the image'), escapeHtml(image.languages.join(' · '))],
    [both('语言与时区', 'Language and time zone'), escapeHtml(`${language} · ${timezone} · ${keyboard}`)],
    [both('密码体系', 'Cryptography profile'), escapeHtml(manifest.trust.profile)],
    [both('服务地址', 'Services'), code(manifest.services.imprint)],
  ];
  const columns = [
    { zh: '项目', en: 'Item' },
    { zh: '内容', en: 'Value' },
  ];
  const facts = table(both('基本信息', 'Facts'), columns, rows);
  return section('edition', '这是什么版本', 'What this edition is', facts);
}

function figure(value: number, zh: string, en: string, good = false): string {
  return `<li${good ? ' class="good"' : ''}><b>${count(value)}</b>${both(zh, en)}</li>`;
}

function integrity({ bill, manifest, agreement }: WindowsColophon): string {
  const { core, overlay, modified, missing, violations } = manifest.counts;
  const figures = [
    figure(core, '核心，未改动', 'core, unchanged', true),
    figure(overlay, '新增', 'added'),
    figure(modified, '改动，均经厂商同意', 'changed, each as the vendor agreed'),
    figure(missing, '移除', 'removed', missing === 0),
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
    '映像中的每个路径都与厂商映像逐一比对：内容、命名流、安全描述符、属性、短文件名、硬链接与时间。',
    "Every path of the image was compared with the vendor's: content, named streams, security descriptor, attributes, short name, hard links and times.",
  );
  const content = `<ul class="figures">${figures.join('')}</ul><p>${explained} ${ground} ${dated(lockInstant(bill.lock))}</p>`;
  return section('integrity', '核心完整性', 'Core integrity', content);
}

function digests({ bill, manifest, artifacts, agreement }: WindowsColophon): string {
  const row = (of: string, algorithm: string, digest: string) => [of, algorithm, code(digest)];
  const rows = [
    ...artifacts.flatMap(({ name, digests: { sha256, sm3 } }) => [
      row(escapeHtml(name), 'SHA-256', sha256),
      ...(sm3 === undefined ? [] : [row(escapeHtml(name), 'SM3', sm3)]),
    ]),
    ...bill.lock.image.parts.map(({ name, sha256 }) =>
      row(both(`厂商：${escapeHtml(name)}`, `vendor: ${escapeHtml(name)}`), 'SHA-256', sha256),
    ),
    row(both('锁文件', 'Lock'), 'SHA-256', bill.lockSha256),
    row(
      both('完整性清单的 Merkle 根', 'Merkle root of the integrity manifest'),
      'SHA-256',
      manifest.merkleRoot,
    ),
    ...(agreement === undefined
      ? []
      : [row(both('厂商约定清单', "The vendor's agreed list"), 'SHA-256', agreement.sha256)]),
  ];
  const columns = [
    { zh: '对象', en: 'Of' },
    { zh: '算法', en: 'Algorithm' },
    { zh: '摘要', en: 'Digest' },
  ];
  const list = table(both('用以核对的摘要', 'Digests to compare with'), columns, rows);
  return section('digests', '摘要', 'Digests', list);
}
