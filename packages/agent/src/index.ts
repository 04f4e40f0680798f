export { runAgent } from './cli/run.ts';
