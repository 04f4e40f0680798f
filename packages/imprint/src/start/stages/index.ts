import type { StartOptions } from '../options.ts';
import type { Stage } from '../stage.ts';
import { agent } from './agent.ts';
import { agreement } from './agreement.ts';
import { ceremony } from './ceremony.ts';
import { definitions } from './definitions.ts';
import { device } from './device.ts';
import { build, lock } from './edition.ts';
import { keys } from './keys.ts';
import { approve, propose, publish } from './release.ts';
import { seats } from './seats.ts';
import { serve } from './serve.ts';

/** The way from packages to a reporting device, in order. */
export function stagesFor(options: StartOptions): readonly Stage[] {
  const way = [keys, ceremony, agreement, agent, definitions, lock, build, propose, approve, publish, serve];
  return options.boot ? [...way, seats, device] : way;
}
