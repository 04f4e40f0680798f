import type { Command } from '../cli/command.ts';
import { activateCommand } from './activate.ts';
import { applyPolicyCommand } from './apply-policy.ts';
import { checkInCommand } from './check-in.ts';
import { enrolCommand } from './enrol.ts';
import { firstBootCommand } from './first-boot.ts';
import { licenceCommand } from './licence.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './status.ts';
import { verifyCommand } from './verify.ts';
import { whatLeavesCommand } from './what-leaves.ts';

export const commands: readonly Command[] = [
  statusCommand,
  verifyCommand,
  checkInCommand,
  whatLeavesCommand,
  enrolCommand,
  activateCommand,
  licenceCommand,
  firstBootCommand,
  applyPolicyCommand,
  runCommand,
];
