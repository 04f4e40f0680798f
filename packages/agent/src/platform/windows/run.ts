import { spawnSync } from 'node:child_process';
import { win32 } from 'node:path';
import type { CommandRunner } from '../../files/command.ts';

const passedOn = [
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'TEMP',
  'TMP',
  'ProgramData',
  'ProgramFiles',
];
const wine = /^WINE/;

/** The folder of Windows' own programs. */
export const system32 = (env: NodeJS.ProcessEnv): string =>
  win32.join(env.SystemRoot ?? env.windir ?? 'C:\\Windows', 'System32');

function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => passedOn.includes(name) || wine.test(name));
  return { ...Object.fromEntries(kept), PATH: `${system32(env)};${win32.dirname(system32(env))}` };
}

/** Runs a program of System32 by its name there, or any by its full path; nothing is searched for along PATH. */
export const runWindowsCommand: CommandRunner = (file, args, options = {}) => {
  const path = win32.isAbsolute(file) ? file : win32.join(system32(process.env), file);
  const result = spawnSync(path, [...args], {
    env: childEnvironment(process.env),
    encoding: 'utf8',
    timeout: options.timeoutMs ?? 20_000,
    maxBuffer: 16 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
    windowsVerbatimArguments: options.isQuoted === true,
  });
  if (result.error !== undefined || result.status === null) return undefined;
  return { status: result.status, stdout: result.stdout };
};
