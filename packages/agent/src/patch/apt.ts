import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { fileDigest } from '../files/digest.ts';
import { isHalfway, readDpkg } from './current.ts';
import type { PatchMachine, ToolResult } from './machine.ts';
import type { PackageChange } from './packages.ts';
import type { Workspace } from './workspace.ts';

/** A maintainer script may take its time on a slow disk; one that hangs is not waited for for ever. */
const aptMs = 2 * 3_600_000;
const shownBytes = 300;

/** Old or edited configuration files stay; nothing is asked. Source: dpkg(1), --force-confdef, --force-confold. */
const keepConfiguration = ['--force-confdef', '--force-confold'];
const aptOptions = [
  '-y',
  '-q',
  '--allow-downgrades',
  '--no-install-recommends',
  ...keepConfiguration.flatMap((option) => ['-o', `Dpkg::Options::=${option}`]),
  // Nothing but the files that are named: no source and no list. With --no-download apt does not even find those.
  ...['-o', 'Dir::Etc::sourcelist=/dev/null', '-o', 'Dir::Etc::sourceparts=/dev/null'],
  ...['-o', 'Dir::State::lists=/var/lib/imprint-agent/patch/lists', '-o', 'APT::Sandbox::User=root'],
  ...['-o', 'DPkg::Lock::Timeout=600', '-o', 'APT::Keep-Downloaded-Packages=false'],
];

/** The end of what a program said, as one line for a report. */
export const lastWords = ({ tail }: ToolResult): string => {
  const lines = tail.split('\n').filter((line) => /^(E:|dpkg:|N:|.*error)/i.test(line.trim()));
  return (lines.length > 0 ? lines : tail.trim().split('\n').slice(-2)).join(' · ').slice(0, shownBytes);
};

/** Every package that apt is about to read is the signed one now, whatever happened since it was rebuilt. @throws AGENT_PACK_RESULT_MISMATCH */
export function checkDebs(workspace: Workspace, changes: readonly PackageChange[]): void {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (const { package: wanted } of changes) {
    const { digest } = fileDigest(workspace.deb(wanted), 'sha256', buffer);
    if (digest !== wanted.deb.sha256)
      throw agentError('AGENT_PACK_RESULT_MISMATCH', { expected: wanted.deb.sha256, got: digest });
  }
}

/** Brings a dpkg that was interrupted round as far as it goes without packages. Its outcome is seen, not told. */
export async function recoverDpkg(machine: PatchMachine): Promise<ToolResult> {
  const configured = await machine.run('dpkg', ['--configure', '-a', ...keepConfiguration], aptMs);
  if (configured.status === 0) return configured;
  // Without the packages that are to come, taking others away would often be all that apt finds: those would not come back.
  return machine.run('apt-get', ['install', '-f', '--no-remove', ...aptOptions], aptMs);
}

export interface AptWork {
  readonly changes: readonly PackageChange[];
  readonly remove: readonly string[];
  readonly isHeldAllowed: boolean;
}

function failure(result: ToolResult): Error {
  const conffile = /conffile prompt|end of file on stdin at conffile/i.test(result.tail);
  const code = conffile ? 'AGENT_PATCH_CONFFILE' : 'AGENT_PATCH_APT_FAILED';
  return agentError(code, { status: result.status, reason: lastWords(result) });
}

function isBroken(device: Device): boolean {
  const state = readDpkg(device);
  return state !== undefined && isHalfway(state);
}

/**
 * Has apt install the approved packages and remove what is not approved any more, asking nothing and nobody.
 * @throws AGENT_PATCH_APT_FAILED, AGENT_PATCH_CONFFILE, AGENT_PACK_RESULT_MISMATCH
 */
export async function runApt(
  device: Device,
  machine: PatchMachine,
  workspace: Workspace,
  { changes, remove, isHeldAllowed }: AptWork,
): Promise<void> {
  if (changes.length === 0 && remove.length === 0) return;
  checkDebs(workspace, changes);
  const held = isHeldAllowed ? ['--allow-change-held-packages'] : [];
  const names = [
    ...changes.map((one) => machine.inside(workspace.deb(one.package))),
    ...remove.map((name) => `${name}-`),
  ];
  // Only where dpkg was interrupted: apt refuses to go on then, and otherwise it would put right what nobody asked it to.
  const broken = isBroken(device) ? ['--fix-broken'] : [];
  const result = await machine.run(
    'apt-get',
    ['install', ...aptOptions, ...broken, ...held, ...names],
    aptMs,
  );
  if (result.status !== 0) throw failure(result);
  if (isBroken(device))
    throw agentError('AGENT_PATCH_APT_FAILED', { status: 0, reason: 'packages are left unfinished' });
}

/** Holds packages again that were installed although they were held; one that was taken away has nothing to hold. */
export async function holdAgain(
  device: Device,
  machine: PatchMachine,
  names: readonly string[],
): Promise<void> {
  const here = new Set(readDpkg(device)?.packages.map(({ name }) => name));
  const held = names.filter((name) => here.has(name));
  if (held.length === 0) return;
  const result = await machine.run('apt-mark', ['hold', ...held]);
  if (result.status !== 0)
    throw agentError('AGENT_PATCH_APT_FAILED', { status: result.status, reason: lastWords(result) });
}

/** Removes kernels whose time has come, with the lists of modules that they made themselves. @throws AGENT_PATCH_APT_FAILED */
export async function removePackages(machine: PatchMachine, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const result = await machine.run('apt-get', ['purge', ...aptOptions, ...names], aptMs);
  if (result.status !== 0) throw failure(result);
}
