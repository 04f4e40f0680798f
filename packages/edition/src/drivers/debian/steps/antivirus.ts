import { devicePaths } from '@imprint/protocol';
import type { Action, StepDefinition } from '../../../plan/model.ts';
import { hasPackage, inputFileName, inputsOf, lines, type StepContext } from '../context.ts';

/** Upstream's unit waits for upstream's own databases; an empty assignment resets the list. Source: systemd.unit(5). */
const dropIn = lines(
  '[Unit]',
  'ConditionPathExistsGlob=',
  `ConditionPathExists=${devicePaths.antivirusDefinitions}`,
);

const onAccessUnit = 'clamav-clamonacc.service';
const onAccessConfiguration = '/etc/imprint/clamonacc.conf';

/** Where people keep and receive files; the scanner's own account is left out, or it would wait for itself. Source: clamonacc(8). */
const onAccessText = lines(
  'LocalSocket /run/clamav/clamd.ctl',
  'OnAccessIncludePath /home',
  'OnAccessIncludePath /root',
  'OnAccessIncludePath /media',
  'OnAccessIncludePath /mnt',
  'OnAccessIncludePath /srv',
  'OnAccessExcludeUname clamav',
  'OnAccessPrevention yes',
  'OnAccessDenyOnError no',
);

/** An infected file is refused where it is, never moved: it is still its owner's. */
const onAccessDropIn = lines(
  '[Service]',
  'ExecStart=',
  `ExecStart=/usr/sbin/clamonacc --foreground --fdpass --config-file=${onAccessConfiguration}`,
  'Restart=on-failure',
  'RestartSec=10',
);

const onAccessActions: readonly Action[] = [
  { kind: 'write', path: onAccessConfiguration, mode: 0o644, text: onAccessText },
  {
    kind: 'write',
    path: `/etc/systemd/system/${onAccessUnit}.d/imprint.conf`,
    mode: 0o644,
    text: onAccessDropIn,
  },
  { kind: 'enable-unit', unit: onAccessUnit, target: 'multi-user.target' },
];

/** The selected scanner with the edition's own definitions, and no other source of them. Source: clamd(8). */
export function antivirusStep({ lock }: StepContext): StepDefinition {
  const definitions = inputsOf(lock, 'antivirus-definitions');
  const copies = definitions.map((input): Action => {
    const name = inputFileName(input);
    const path = name.endsWith('.json') ? devicePaths.antivirusDefinitions : `/var/lib/clamav/${name}`;
    return { kind: 'copy', path, mode: 0o644, sha256: input.sha256 };
  });
  const unit = 'clamav-daemon.service';
  return {
    id: 'antivirus',
    kind: 'overlay',
    version: 3,
    settings: { definitions: definitions.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 12)}`) },
    actions: hasPackage(lock, 'clamav-daemon')
      ? [
          ...copies,
          { kind: 'write', path: `/etc/systemd/system/${unit}.d/imprint.conf`, mode: 0o644, text: dropIn },
          { kind: 'enable-unit', unit, target: 'multi-user.target' },
          ...onAccessActions,
          ...(hasPackage(lock, 'clamav-freshclam')
            ? [{ kind: 'mask-unit', unit: 'clamav-freshclam.service' } as const]
            : []),
        ]
      : [],
  };
}
