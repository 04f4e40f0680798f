import type { DeviceReport } from '@imprint/protocol';
import { plannedAntivirus, usablePlan } from '../first-boot/observe.ts';
import type { AntivirusProduct, WindowsSystem } from '../platform/model.ts';
import type { Look } from './look.ts';

type Antivirus = DeviceReport['antivirus'];

const securityCenterService = 'wscsvc';

/** The product the edition installs where it names one, else whichever is on. */
function chosen(
  products: readonly AntivirusProduct[],
  names: readonly string[],
): AntivirusProduct | undefined {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const candidates =
    wanted.size === 0 ? products : products.filter(({ name }) => wanted.has(name.toLowerCase()));
  return candidates.find(({ isOn }) => isOn) ?? candidates[0];
}

/** What Security Center says of the antivirus: nothing else counts, neither an installer's end nor a file. */
export function observeSecurityCenter({ device, now, say }: Look, windows: WindowsSystem): Antivirus {
  const observedAt = now.toISOString();
  const products = windows.securityCenter();
  if (products === undefined) {
    const isStopped = windows.services.state(securityCenterService) === 'not-running';
    const reason = isStopped
      ? say('Security Center is not running', '安全中心未运行')
      : say('Security Center does not answer', '安全中心无应答');
    return { state: 'unknown', observedAt, reason };
  }
  const names = plannedAntivirus(usablePlan(device));
  const product = chosen(products, names);
  if (product === undefined) {
    const wanted = names.join(', ') || say('any antivirus', '任何杀毒软件');
    const reason = say(`Security Center does not name ${wanted}`, `安全中心未列出${wanted}`);
    return { state: 'failing', observedAt, reason };
  }
  const base = { observedAt, provider: product.name, realTime: product.isOn };
  if (!product.isOn) return { ...base, state: 'failing', reason: say('it is off', '未开启') };
  if (!product.isUpToDate) {
    return { ...base, state: 'stale', reason: say('its definitions are old', '病毒库过旧') };
  }
  return { ...base, state: 'ok' };
}
