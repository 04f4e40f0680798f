import type { Command } from '../command.ts';
import { completionOf } from './completion.ts';
import { keyNew } from './key-new.ts';
import { keyShow } from './key-show.ts';

/** Every command, in the order help shows them. */
export const commands: readonly Command[] = [keyNew, keyShow, completionOf(() => commands)];
