import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readLock } from '@imprint/edition';
import type { EditionLock } from '@imprint/protocol';
import type { Argument, Flag, Input } from './command.ts';

export const manifestArgument: Argument = {
  name: 'EDITION',
  summary: {
    en: 'a manifest, or the directory of an edition.yaml',
    'zh-CN': '清单文件，或 edition.yaml 所在目录',
  },
};

export const lockArgument: Argument = {
  name: 'EDITION',
  summary: {
    en: 'a lock, or the directory of an edition.lock.json',
    'zh-CN': '锁文件，或 edition.lock.json 所在目录',
  },
};

export const profileFlag: Flag = {
  name: 'profile',
  type: 'string',
  value: 'PROFILE',
  choices: ['preview', 'release'],
  summary: {
    en: 'preview is quick to press, only release may be proposed; default release',
    'zh-CN': 'preview 快速生成，只有 release 可提出；默认 release',
  },
};

async function inDirectory(place: string, name: string): Promise<string> {
  const found = await stat(place);
  return found.isDirectory() ? join(place, name) : place;
}

export function manifestFile(input: Input): Promise<string> {
  return inDirectory(input.context.path(input.argument('EDITION')), 'edition.yaml');
}

/** Where the lock of a manifest is written and read: beside it. */
export function lockBeside(manifest: string): string {
  return join(dirname(manifest), 'edition.lock.json');
}

export async function namedLock(
  input: Input,
  argument = 'EDITION',
): Promise<{ file: string; lock: EditionLock }> {
  const place = await inDirectory(input.context.path(input.argument(argument)), 'edition.lock.json');
  const file = place.endsWith('.yaml') ? lockBeside(place) : place;
  return { file, lock: await readLock(file) };
}
