import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

// Proofs that take longer than a test may: `npm run prove -- fleet` runs packages/imprint/test/proofs/fleet.proof.ts.
const root = join(import.meta.dirname, '..');
const [name = '', ...rest] = process.argv.slice(2);
const proof = join('packages/imprint/test/proofs', `${name}.proof.ts`);
if (!/^[a-z-]+$/u.test(name) || !existsSync(join(root, proof))) {
  process.stderr.write(
    `prove: expected the name of a proof in packages/imprint/test/proofs, got "${name}"\n`,
  );
  process.exit(2);
}
const args = ['run', '--config', 'tools/prove.config.ts', '--root', root, proof, ...rest];
process.exitCode = spawnSync('vitest', args, { cwd: root, stdio: 'inherit' }).status ?? 1;
