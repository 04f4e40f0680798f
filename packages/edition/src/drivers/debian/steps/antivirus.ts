import { devicePaths } from '@imprint/protocol';
import type { Action, StepDefinition } from '../../../plan/model.ts';
import { hasPackage, inputFileName, inputsOf, lines, type StepContext } from '../context.ts';

/** Upstream's unit waits for upstream's own databases; an empty assignment resets the list. Source: systemd.unit(5). */
const dropIn = lines(
  '[Unit]',
  'ConditionPathExistsGlob=',
  `ConditionPathExists=${devicePaths.antivirusDefinitions}`,
);

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
    version: 1,
    settings: { definitions: definitions.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 12)}`) },
    actions: hasPackage(lock, 'clamav-daemon')
      ? [
          ...copies,
          { kind: 'write', path: `/etc/systemd/system/${unit}.d/imprint.conf`, mode: 0o644, text: dropIn },
          { kind: 'enable-unit', unit, target: 'multi-user.target' },
          ...(hasPackage(lock, 'clamav-freshclam')
            ? [{ kind: 'mask-unit', unit: 'clamav-freshclam.service' } as const]
            : []),
        ]
      : [],
  };
}
