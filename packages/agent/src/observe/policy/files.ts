import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync } from 'node:fs';
import { at } from '../../device.ts';
import { readBounded } from '../../files/durable.ts';
import { installedPackages } from '../dpkg.ts';
import { differs, holds, type Observer, unknown } from './result.ts';

const maxBytes = 64 * 1024 * 1024;

export const observeFile: Observer<'file'> = ({ path, sha256 }, { device, say }) => {
  const bytes = readBounded(at(device, path), maxBytes);
  if (bytes === undefined) return differs(say(`expected ${path}, got nothing`, `需要 ${path}，但不存在`));
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return holds;
  return differs(say(`${path} was changed`, `${path} 已被改动`));
};

export const observeAbsent: Observer<'absent'> = ({ path }, { device, say }) => {
  const stats = lstatSync(at(device, path), { throwIfNoEntry: false });
  return stats === undefined ? holds : differs(say(`expected no ${path}`, `不应存在 ${path}`));
};

export const observeLink: Observer<'link'> = ({ path, target }, { device, say }) => {
  let found = '';
  try {
    found = readlinkSync(at(device, path));
  } catch {
    // Not a link, or nothing: said below.
  }
  if (found === target) return holds;
  return differs(say(`expected ${path} to lead to ${target}`, `${path} 应指向 ${target}`));
};

export const observePackageAbsent: Observer<'package-absent'> = (check, { device, say }) => {
  const installed = installedPackages(device);
  if (installed === undefined) return unknown(say('dpkg keeps no records here', '本机没有 dpkg 记录'));
  if (!installed.has(check.package)) return holds;
  return differs(say(`expected no package ${check.package}`, `不应安装软件包 ${check.package}`));
};
