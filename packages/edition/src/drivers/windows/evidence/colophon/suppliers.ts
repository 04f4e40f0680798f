import { both, code, escapeHtml, section, table } from '../../../../evidence/colophon/html.ts';
import type { LocalPart } from '../bill.ts';
import type { WindowsColophon } from './model.ts';

/** Who supplied which part, with its digest and whose signature it carries. */
export function suppliers({ bill }: WindowsColophon): string {
  const parts = bill.local.map((part) => [
    escapeHtml(part.component.name),
    escapeHtml(part.component.role),
    escapeHtml(part.component.supplier),
    code(part.input.sha256),
    signatureHtml(part),
  ]);
  const others = [...bill.vendor, ...bill.data].map(({ name, role, sha256 }) => [
    escapeHtml(name),
    escapeHtml(role),
    both('未说明', 'not stated'),
    code(sha256),
    both('不适用', 'none'),
  ]);
  const rows = [...parts, ...others];
  const columns = [
    { zh: '组成部分', en: 'Part' },
    { zh: '角色', en: 'Role' },
    { zh: '供应方', en: 'Supplier' },
    { zh: '摘要（SHA-256）', en: 'Digest (SHA-256)' },
    { zh: '签名', en: 'Signature' },
  ];
  const content =
    rows.length === 0
      ? `<p>${both('除厂商映像外无其他组成部分。', "Nothing but the vendor's image.")}</p>`
      : table(both('厂商映像以外的组成部分', "Parts beyond the vendor's image"), columns, rows);
  return section('suppliers', '供应方', 'Who supplied what', content);
}

function signatureHtml({ signature }: LocalPart): string {
  switch (signature?.state) {
    case 'verified':
      return both(
        `已验证：${escapeHtml(signature.signer ?? '')}`,
        `verified: ${escapeHtml(signature.signer ?? '')}`,
      );
    case 'unverified':
      return both('未知：有签名，未提供发布者根证书', 'unknown: signed, and no publisher root was given');
    case 'unsigned':
      return both('未签名', 'not signed');
    case undefined:
      return both('未知', 'unknown');
  }
}
