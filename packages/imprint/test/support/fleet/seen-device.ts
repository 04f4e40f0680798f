import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceReport } from '@imprint/protocol';

/** A device as the server sees it. */
export interface SeenDevice {
  readonly id: string;
  readonly posture: {
    readonly state: string;
    readonly figures: readonly { readonly name: string; readonly state: string; readonly reason?: string }[];
  };
  readonly report?: DeviceReport;
}

export const isWell = ({ posture }: SeenDevice): boolean => posture.state === 'ok';

/** Has it said how it fares with a release that was installed? */
export const runs =
  ({ sha256 }: { readonly sha256: string }) =>
  ({ report }: SeenDevice): boolean =>
    report?.rollout?.releaseSha256 === sha256 && report.rollout.healthy !== undefined;

/** Asks for a device that nobody works at until it is as it should be, or its time is up. */
export async function seeUntil(
  see: () => Promise<SeenDevice>,
  isThere: (seen: SeenDevice) => boolean,
  seconds: number,
): Promise<SeenDevice> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await see();
    if (isThere(seen) || performance.now() > deadline) return seen;
    await sleep(2_000);
  }
}
