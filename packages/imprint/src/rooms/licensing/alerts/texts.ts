import type { Alert } from './rules.ts';

/** The body of a webhook: the same bytes on every attempt. Source: Standard Webhooks 1.0.0, "Payload structure". */
export function webhookBody(alert: Alert): Uint8Array {
  return Buffer.from(JSON.stringify({ type: 'licensing.alert', timestamp: alert.asOf, data: alert }));
}

/** Subject and text of an alert's mail, Chinese first: figures, ids and their time, no name. */
export function mailText(alert: Alert): { readonly subject: string; readonly text: string } {
  const { taken, ceiling, percent, threshold, agencyId, entitlementId, asOf } = alert;
  const lines = [
    `机构 ${agencyId} 的许可席位已用 ${percent}%（${taken} / ${ceiling}），达到 ${threshold}% 告警线。`,
    `授权：${entitlementId}`,
    `数据时间：${asOf}`,
    '席位不足时，新设备将按授权的超额策略处理；已激活的设备不受影响。请联系分配席位的上级机构或运营方。',
    '',
    `Agency ${agencyId} has taken ${percent} % of its licence seats (${taken} of ${ceiling}) and reached the ${threshold} % mark.`,
    `Entitlement: ${entitlementId}`,
    `As of: ${asOf}`,
    'Without free seats a new device is treated as the overage policy says; devices that are activated go on as they are. Ask the',
    'agency that allocates your seats, or the operator.',
    '',
  ];
  return {
    subject: `[Imprint] 许可席位 ${percent}% / licence seats ${percent} % (${taken}/${ceiling})`,
    text: lines.join('\n'),
  };
}
