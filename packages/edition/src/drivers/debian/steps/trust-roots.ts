import type { Action, StepDefinition } from '../../../plan/model.ts';
import { inputFileName, inputsOf, type StepContext } from '../context.ts';

/** Certificate authorities the edition trusts beside upstream's. Source: update-ca-certificates(8). */
export function trustRootsStep({ lock }: StepContext): StepDefinition {
  const roots = inputsOf(lock, 'trust-root');
  const copies = roots.map((root): Action => {
    const name = inputFileName(root).replace(/\.(?:pem|crt|cer)$/, '');
    const path = `/usr/local/share/ca-certificates/imprint/${name}.crt`;
    return { kind: 'copy', path, mode: 0o644, sha256: root.sha256 };
  });
  return {
    id: 'trust-roots',
    kind: 'overlay',
    version: 1,
    settings: { roots: roots.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 12)}`) },
    actions:
      copies.length === 0
        ? []
        : [
            { kind: 'expect', path: '/usr/sbin/update-ca-certificates' },
            ...copies,
            { kind: 'run', argv: ['update-ca-certificates'] },
          ],
  };
}
