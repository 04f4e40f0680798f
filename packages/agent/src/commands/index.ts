import type { Command } from '../cli/command.ts';
import { activateCommand } from './activate.ts';
import { antivirusCommand } from './antivirus.ts';
import { applyPolicyCommand } from './apply-policy.ts';
import { checkInCommand } from './check-in.ts';
import { enrolCommand } from './enrol.ts';
import { firstBootCommand } from './first-boot.ts';
import { installCommand } from './install.ts';
import { licenceCommand } from './licence.ts';
import { patchCommand } from './patch.ts';
import { restartCommand } from './restart.ts';
import { runCommand } from './run.ts';
import { seedCommand } from './seed.ts';
import { statusCommand } from './status.ts';
import { verifyCommand } from './verify.ts';
import { whatLeavesCommand } from './what-leaves.ts';

export const commands: readonly Command[] = [
  seedCommand,
  statusCommand,
  verifyCommand,
  checkInCommand,
  whatLeavesCommand,
  enrolCommand,
  activateCommand,
  installCommand,
  licenceCommand,
  firstBootCommand,
  applyPolicyCommand,
  antivirusCommand,
  patchCommand,
  restartCommand,
  runCommand,
];
