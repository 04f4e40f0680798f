import type { ImprintError } from '@imprint/protocol';
import { manifestError } from './errors.ts';
import type { Override } from './merge.ts';

/** True if `to` asks for less than `from`. */
type IsLooser = (from: unknown, to: unknown) => boolean;

/** Values from loosest to strictest; one that is not listed is left to the schema. */
const inOrder =
  (...order: readonly unknown[]): IsLooser =>
  (from, to) =>
    order.includes(from) && order.includes(to) && order.indexOf(to) < order.indexOf(from);
const higherIsStricter: IsLooser = (from, to) => Number(to) < Number(from);
const shorterIsStricter: IsLooser = (from, to) =>
  Number.parseInt(String(to), 10) > Number.parseInt(String(from), 10);

/** What an overlay may only tighten, by pointer. */
const looserBy: Readonly<Record<string, IsLooser>> = {
  '/policy/telemetry': inOrder('upstream', 'none'),
  '/policy/screenLock': shorterIsStricter,
  '/policy/passwordMinLength': higherIsStricter,
  '/policy/usbStorage': inOrder('allow', 'read-only', 'deny'),
  '/policy/firewall': inOrder('off', 'deny-incoming'),
  '/policy/automaticLogin': inOrder(true, false),
  '/policy/rootLogin': inOrder('console', 'locked'),
  '/policy/consumerFeatures': inOrder('upstream', 'off'),
  '/policy/cloudStorage': inOrder('upstream', 'off'),
  '/policy/feedbackPrompts': inOrder('upstream', 'off'),
  '/policy/updateService': inOrder('upstream', 'edition'),
  '/policy/coreDumps': inOrder(true, false),
  // Each single suite is looser than both together; trading one for the other drops the first.
  '/trust/profile': (from, to) => to !== 'dual' && from !== to,
};

/** The pointers of what an overlay may only tighten. */
export const tightenedOnly: readonly string[] = Object.keys(looserBy);

/** Refuses every override that asks for less than what it overrides. */
export function looseningProblems(overrides: readonly Override[]): ImprintError[] {
  return overrides
    .filter(({ pointer, from, to }) => looserBy[pointer]?.(from.value, to.value) === true)
    .map(({ pointer, from, to }) =>
      manifestError(
        'MANIFEST_LOOSENED',
        {
          key: pointer.slice(1).replaceAll('/', '.'),
          bound: String(from.value),
          got: String(to.value),
          setBy: `${from.place.file}:${from.place.line}`,
        },
        { place: { ...to.place, pointer } },
      ),
    );
}
