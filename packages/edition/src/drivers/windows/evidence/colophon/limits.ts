import { both, code, count, escapeHtml, section, table } from '../../../../evidence/colophon/html.ts';
import type { WindowsColophon } from './model.ts';

const unknown = (zh: string, en: string) => both(`未知：${zh}`, `unknown: ${en}`);

/** What the figures on this page do not say, and the tools they rest on. */
export function limits(input: WindowsColophon): string {
  const columns = [
    { zh: '项目', en: 'Item' },
    { zh: '所知', en: 'What is known' },
  ];
  const rows = [
    [both('数据与自身摘要一致', 'Data is what its digests say'), contentHtml(input)],
    [both('厂商自己的签名', "The vendor's own signatures"), signatureHtml(input)],
    [both('新增文件编录的签名', 'Signature of the catalog of added files'), catalogHtml(input)],
    [
      both('Windows 安装程序与 DISM 接受该映像', 'Windows Setup and DISM take the image'),
      unknown('请用核查脚本试验', 'try it with the checklist script'),
    ],
    [
      both('策略在设备上生效', 'Policies have their effect on a device'),
      unknown('由设备观测并报告', 'for a device to observe and report'),
    ],
    [
      both('累积更新仍可安装', 'Cumulative updates still install'),
      unknown('请用核查脚本试验', 'try it with the checklist script'),
    ],
    [both('CVE 结论', 'CVE findings'), unknown('未导入漏洞数据源', 'no feed imported')],
  ];
  const content = [table(both('已检查与未检查', 'Checked, and not checked'), columns, rows), tools(input)];
  return section('limits', '所知与未知', 'What is known and what is not', content.join('\n'));
}

function contentHtml({ content }: WindowsColophon): string {
  return content === 'decompressed'
    ? both('全部解压并比对摘要', 'all of it was unpacked and hashed')
    : both(
        '与已整体解压核对过的厂商映像逐字节比较存储内容',
        "stored bytes compared with the vendor's image, which was unpacked and hashed",
      );
}

function signatureHtml({ signatures }: WindowsColophon): string {
  if (signatures.state === 'unknown')
    return unknown('未提供厂商的根证书', "the vendor's authorities were not given");
  const { programs, checked, embedded, catalog, mismatched, untrusted } = signatures;
  const rest = signatures.unknown.length;
  return both(
    `${count(programs)} 个程序中检查 ${count(checked)} 个：自带签名 ${count(embedded)}，编录签名 ${count(catalog)}，不受信任 ${count(untrusted.length)}，不符 ${count(mismatched.length)}，来源未知 ${count(rest)}`,
    `${count(checked)} of ${count(programs)} programs looked at: ${count(embedded)} by their own signature, ${count(catalog)} by a catalog, ${count(untrusted.length)} untrusted, ${count(mismatched.length)} about other bytes, ${count(rest)} of unknown origin`,
  );
}

function catalogHtml({ catalog }: WindowsColophon): string {
  switch (catalog) {
    case 'verified':
      return both('经 osslsigncode 验证', 'verified by osslsigncode');
    case 'untrusted':
      return unknown('签名者的证书链不完整', "the signer's chain is not complete");
    case 'unsigned':
      return both('未签名，未放入映像', 'not signed, and not placed in the image');
    case 'none':
      return both('无编录', 'no catalog');
  }
}

function tools({ tools: versions, warnings }: WindowsColophon): string {
  const rows = Object.entries(versions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tool, version]) => {
      const texts = warnings.filter((warning) => warning.tool === tool).map(({ text }) => text);
      const notes = texts.map((text) => both(escapeHtml(text['zh-CN']), escapeHtml(text.en)));
      return [code(tool), code(version), notes.join(' ')];
    });
  return table(
    both('构建所用的工具', 'Tools the build was made with'),
    [
      { zh: '工具', en: 'Tool' },
      { zh: '版本', en: 'Version' },
      { zh: '提示', en: 'Note' },
    ],
    rows,
  );
}
