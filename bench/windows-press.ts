import { join } from 'node:path';
import { pressEdition } from './windows-edition.ts';

const [lockFile, home] = process.argv.slice(2);
if (lockFile === undefined || home === undefined) throw new TypeError('expected a lock and a home');
const { directory, record } = await pressEdition(lockFile, home);
process.stdout.write(`${join(directory, 'install.wim')} ${record.sizeBytes}\n`);
