import { indexTree } from '@imprint/edition';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new TypeError('expected a directory');
const entries = await indexTree(directory);
process.stdout.write(`${entries.length} paths\n`);
