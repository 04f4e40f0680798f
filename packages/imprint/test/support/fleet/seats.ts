import { join } from 'node:path';
import type { Run } from './proof-home.ts';

/** Seats for so many devices of every class: which class a device is of depends on the host it runs on. */
export async function licenseDevices(command: Run, home: string, seats: number): Promise<void> {
  const { agencies } = (await command('agency', 'list')) as { agencies: { id: string }[] };
  const day = (after: number) => new Date(Date.now() + after * 86_400_000).toISOString().slice(0, 10);
  const terms = {
    ...{ '--agency': agencies[0]?.id ?? '', '--edition': 'gov-base', '--licensor': 'operator' },
    ...{ '--starts': day(0), '--ends': day(365), '--document': join(home, 'agreement.txt') },
  };
  await command('licence', 'agreement', 'FLEET-1', ...Object.entries(terms).flat());
  for (const deviceClass of ['virtual', 'server', 'desktop', 'laptop']) {
    const wanted = ['--class', deviceClass, '--seats', String(seats)];
    await command('licence', 'entitlement', 'FLEET-1', ...wanted);
  }
}
