import type { StartOptions } from '../options.ts';
import type { Stage } from '../stage.ts';
import { agent } from './agent.ts';
import { device } from './device.ts';
import { keys } from './keys.ts';
import { serve } from './serve.ts';

/** The way from packages to a reporting device, in order. */
export function stagesFor(options: StartOptions): readonly Stage[] {
  const way = [keys, agent, serve];
  return options.boot ? [...way, device] : way;
}
