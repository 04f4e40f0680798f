import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildAgentPackage } from './agent-package.ts';

const root = join(import.meta.dirname, '..');
const outDir = process.argv[2] ?? join(root, 'dist');
mkdirSync(outDir, { recursive: true });
const { deb, bundleBytes, debBytes, sha256 } = await buildAgentPackage({ root, outDir });
process.stdout.write(`${deb}\nbundle ${bundleBytes} bytes, package ${debBytes} bytes, sha256 ${sha256}\n`);
