import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepAntivirus } from '../antivirus/keep.ts';
import { type Device, openDevice } from '../device.ts';
import { runCommand } from '../files/command.ts';

/** The device of the lab, whose service manager is the lab's; everything else it runs is real. */
export function labDevice({ root, stateDir }: { root: string; stateDir: string }): Device {
  const opened = openDevice({ root, stateDir, env: {}, log: (line) => process.stderr.write(`${line}\n`) });
  return {
    ...opened,
    run: (file, args, options) =>
      runCommand(file === 'systemctl' ? join(root, 'sbin/systemctl') : file, args, options),
  };
}

// `antivirus-agent.ts AGENT.json [before|after STEP]`: one run, killed without warning at a step.
if (process.argv[1]?.includes('antivirus-agent.ts') === true) {
  const [file = '', moment, step] = process.argv.slice(2);
  const device = labDevice(JSON.parse(readFileSync(file, 'utf8')) as { root: string; stateDir: string });
  const die = (when: string) => (taken: { kind: string; provider: string }) => {
    if (moment === when && step === `${taken.kind} ${taken.provider}`) process.kill(process.pid, 'SIGKILL');
  };
  const outcome = await keepAntivirus(device, { onStep: die('before'), onStepDone: die('after') });
  process.stdout.write(JSON.stringify(outcome));
}
