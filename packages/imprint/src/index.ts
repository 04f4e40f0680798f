export type { Argument, Command, Example, Flag } from './cli/command.ts';
export { commands } from './cli/commands/index.ts';
export { renderCliPage } from './cli/docs.ts';
export { registries } from './errors.ts';
