import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAgentPackage } from './agent-package.ts';
import { buildWindowsAgent } from './agent-windows.ts';

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: {
    windows: { type: 'boolean', default: false },
    certificates: { type: 'string' },
    key: { type: 'string' },
  },
  allowPositionals: true,
});
const outDir = positionals[0] ?? join(root, 'dist');
mkdirSync(outDir, { recursive: true });
if (values.windows) {
  const { certificates, key } = values;
  const signer = certificates === undefined || key === undefined ? {} : { signer: { certificates, key } };
  const { exe, sizeBytes, sha256 } = await buildWindowsAgent({ root, outDir, ...signer });
  process.stdout.write(`${exe}\n${sizeBytes} bytes, sha256 ${sha256}\n`);
} else {
  const { deb, bundleBytes, debBytes, sha256 } = await buildAgentPackage({ root, outDir });
  process.stdout.write(`${deb}\nbundle ${bundleBytes} bytes, package ${debBytes} bytes, sha256 ${sha256}\n`);
}
