import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRunner } from '../files/command.ts';
import { readVirtual } from '../files/virtual.ts';
import { installError } from './errors.ts';

const modprobe = '/usr/sbin/modprobe';
const ipconfig = '/usr/lib/klibc/bin/ipconfig';
const needed = ['isofs', 'nls_utf8'];
const perCall = 200;

export interface HardwareContext {
  readonly run: CommandRunner;
  readonly wait: (ms: number) => Promise<void>;
}

/** Modalias of every device the kernel knows. Source: modprobe(8), kernel documentation "modalias". */
function modaliases(): string[] {
  const found = new Set<string>();
  for (const entry of readdirSync('/sys/devices', { recursive: true, withFileTypes: true })) {
    if (entry.name !== 'modalias' || !entry.isFile()) continue;
    const alias = readVirtual(join(entry.parentPath, entry.name))?.trim();
    if (alias !== undefined && alias !== '') found.add(alias);
  }
  return [...found].sort();
}

function loadFor({ run }: HardwareContext, aliases: readonly string[]): void {
  for (let at = 0; at < aliases.length; at += perCall) {
    run(modprobe, ['-a', '-b', '-q', '--', ...aliases.slice(at, at + perCall)], { timeoutMs: 120_000 });
  }
}

/** Loads drivers for what is there, and again for what appeared by that: controllers first, then disks behind them. */
export async function loadDrivers(context: HardwareContext): Promise<void> {
  context.run(modprobe, ['-a', '-b', '-q', '--', ...needed]);
  let known = 0;
  for (let round = 0; round < 6; round += 1) {
    const aliases = modaliases();
    if (aliases.length === known) return;
    known = aliases.length;
    loadFor(context, aliases);
    await context.wait(1_000);
  }
}

/** Wired interfaces: those with hardware behind them. */
const interfaces = (): string[] =>
  readdirSync('/sys/class/net')
    .filter((name) => name !== 'lo' && readVirtual(`/sys/class/net/${name}/device/uevent`) !== undefined)
    .sort();

function resolverOf(name: string): string {
  const text = readVirtual(`/run/net-${name}.conf`) ?? '';
  const servers = [...text.matchAll(/^IPV4DNS\d='([0-9.]+)'$/gm)].map(([, address]) => address ?? '');
  return servers
    .filter((address) => address !== '' && address !== '0.0.0.0')
    .map((address) => `nameserver ${address}\n`)
    .join('');
}

/** Takes an address by DHCP on the first interface that gets one. @throws AGENT_INSTALL_NO_NETWORK */
export function connect({ run }: HardwareContext): string {
  const names = interfaces();
  for (const name of names) {
    const answer = run(ipconfig, ['-t', '30', '-c', 'dhcp', '-d', name], { timeoutMs: 45_000 });
    if (answer?.status !== 0) continue;
    writeFileSync('/etc/resolv.conf', resolverOf(name));
    return name;
  }
  throw installError('AGENT_INSTALL_NO_NETWORK', { interfaces: names.join(', ') || '-' });
}
