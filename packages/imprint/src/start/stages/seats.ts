import { join } from 'node:path';
import { writeDurably } from '../../platform/files.ts';
import { need } from '../facts.ts';
import type { Stage, StageContext } from '../stage.ts';

const number = 'DEMONSTRATION-1';
/** What a guest of QEMU is, as the agent sees it. */
const deviceClass = 'virtual';
const seatCount = 10;
const termDays = 365;

/** Licenses the root agency: an agreement and seats, so that the device can activate by itself. */
export const seats: Stage = {
  id: 'seats',
  title: { en: 'license it: an agreement with seats', 'zh-CN': '许可：登记协议并授予席位' },
  async run(context) {
    const { driver, facts } = context;
    const server = ['--server', need(facts, 'served').url];
    const listed = (await driver.run(['licence', 'entitlement', ...server])) as { entitlements: unknown[] };
    if (listed.entitlements.length > 0) return { state: 'kept' };
    await driver.run(['licence', 'agreement', number, ...(await terms(context, server)), ...server]);
    const granted = ['--class', deviceClass, '--seats', String(seatCount)];
    await driver.run(['licence', 'entitlement', number, ...granted, ...server]);
    return { state: 'done', note: `${seatCount} × ${deviceClass}` };
  },
};

async function terms(
  { driver, facts, home, now }: StageContext,
  server: readonly string[],
): Promise<string[]> {
  const { agencies } = (await driver.run(['agency', 'list', ...server])) as { agencies: { id: string }[] };
  const document = join(home.directory, 'agreement.txt');
  await writeDurably(document, 'An agreement between demonstration parties. It binds nobody.\n');
  const day = (after: number) => new Date(now().getTime() + after * 86_400_000).toISOString().slice(0, 10);
  return Object.entries({
    '--agency': agencies[0]?.id ?? '',
    '--edition': need(facts, 'built').record.edition,
    '--starts': day(0),
    '--ends': day(termDays),
    '--document': document,
    '--licensor': 'operator',
  }).flat();
}
