import { isImprintError } from '@imprint/protocol';
import {
  type Envelope,
  type LeaseCounts,
  type Metadata,
  parseEnvelope,
  type RootSigned,
  type UsageNode,
  type UsageReport,
  verifyUsageReport,
} from '@imprint/trust';
import type { Context } from './context.ts';
import { cliError } from './errors.ts';
import { columns } from './help.ts';

/** Largest report read: some hundred thousand agencies. */
export const maximumReportBytes = 64 * 1024 * 1024;

/** The envelope in a file. @throws TRUST_ENVELOPE_MALFORMED */
export function reportEnvelope(bytes: Uint8Array): Envelope {
  return parseEnvelope(bytes, maximumReportBytes);
}

/** The report in a file, once it is verified against a root. @throws CLI_REPORT_REFUSED with what is wrong */
export function checkUsageReport(
  bytes: Uint8Array,
  root: Metadata<RootSigned>,
  names: { readonly file: string; readonly root: string },
): UsageReport {
  try {
    return verifyUsageReport(reportEnvelope(bytes), root);
  } catch (error) {
    if (!isImprintError(error)) throw error;
    throw cliError('CLI_REPORT_REFUSED', names, { cause: error, details: [error] });
  }
}

/** A report for people; `labelOf` says how they know an agency. */
export function usageLines({ say }: Context, report: UsageReport, labelOf: (id: string) => string): string[] {
  const figures = (taken: number, seats: number, leases: LeaseCounts, overage: number, revoked: number) =>
    say({
      en: `taken ${taken} of ${seats}  leases ${leases.current}, in grace ${leases.grace}, lapsed ${leases.lapsed}, waiting ${leases.waiting}  overage ${overage}  revoked ${revoked}`,
      'zh-CN': `已占用 ${taken}/${seats}  租约有效 ${leases.current}、宽限 ${leases.grace}、逾期 ${leases.lapsed}、待领 ${leases.waiting}  超额 ${overage}  撤销 ${revoked}`,
    });
  const { agencyId, asOf, period, log, sectors, entitlements } = report;
  return [
    say({
      en: `usage of ${labelOf(agencyId)} and below as of ${asOf}`,
      'zh-CN': `${labelOf(agencyId)} 及其下级的用量，截至 ${asOf}`,
    }),
    ...columns([
      [say({ en: 'revocations since', 'zh-CN': '撤销统计起点' }), period.from],
      [say({ en: 'log entry', 'zh-CN': '日志条目' }), `${log.seq}  ${log.hash}`],
    ]),
    say({ en: 'by sector:', 'zh-CN': '按行业：' }),
    ...columns(
      sectors.map((one) => [one.sector, figures(one.taken, one.seats, one.leases, one.overage, one.revoked)]),
    ),
    say({ en: 'by agency:', 'zh-CN': '按机构：' }),
    ...entitlements.flatMap(({ entitlementId, edition, deviceClass, nodes }) => [
      `  ${entitlementId}  ${edition}  ${deviceClass}`,
      ...columns(
        inTreeOrder(nodes, labelOf).map(({ node, depth }) => [
          `${'  '.repeat(depth)}${labelOf(node.agencyId)}`,
          figures(node.taken, node.ceiling, node.leases, node.overage, node.revoked),
        ]),
        4,
      ),
    ]),
  ];
}

/** Nodes below their parents, those beside each other by what people call them. */
function inTreeOrder(
  nodes: readonly UsageNode[],
  labelOf: (id: string) => string,
): { node: UsageNode; depth: number }[] {
  const byId = new Map(nodes.map((node) => [node.agencyId, node]));
  const placed = nodes.map((node) => {
    const labels: string[] = [];
    // A tree is never as deep; one in a file that names itself ends here.
    for (let at: UsageNode | undefined = node; at !== undefined && labels.length < 64; ) {
      labels.unshift(labelOf(at.agencyId));
      at = at.parentAgencyId === undefined ? undefined : byId.get(at.parentAgencyId);
    }
    return { node, depth: labels.length - 1, key: labels.join('/') };
  });
  return placed.sort((a, b) => (a.key < b.key ? -1 : 1));
}
