import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTool, runToolText } from '../../../tools/run-tool.ts';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import { bootMarkers } from './boot-programs.ts';
import { buildWindowsFixture, type WindowsFixture } from './windows-fixture.ts';
import { buildWindowsMedium, type WindowsMedium } from './windows-medium.ts';

let directory: string;
let fixture: WindowsFixture;
let medium: WindowsMedium;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windows-medium-'));
  fixture = await buildWindowsFixture(join(directory, 'fixture'));
  medium = await buildWindowsMedium(directory, fixture);
});

afterAll(() => rm(directory, { recursive: true }));

test('7z takes install.wim out of the ISO as it went in', async () => {
  const to = join(directory, 'out');
  await runTool(['7z', 'x', '-y', `-o${to}`, medium.iso, 'sources/install.wim']);
  const [got, wanted] = await Promise.all([readFile(join(to, 'sources/install.wim')), readFile(fixture.wim)]);
  expect(got.equals(wanted)).toBe(true);
});

test('the ISO has an entry for each firmware', async () => {
  const report = ['-report_el_torito', 'plain'];
  const text = await runToolText(['xorriso', '-indev', medium.iso, ...report]);
  expect(text).toMatch(/1 {2}BIOS {2}y {3}none/);
  expect(text).toMatch(/2 {2}UEFI {2}y {3}none/);
});

test('boot.wim boots its second image', async () => {
  const header = await withWim(join(medium.tree, 'sources/boot.wim'), readWimHeader);
  expect(header).toMatchObject({ imageCount: 2, bootIndex: 2 });
});

test.each([
  ['BIOS', bootMarkers.bios, []],
  ['UEFI', bootMarkers.uefi, ['-bios', '/usr/share/qemu/OVMF.fd']],
])('%s starts the ISO', { timeout: 110_000 }, async (_firmware, marker, firmware) => {
  const machine = ['-m', '256', '-display', 'none', '-net', 'none', '-serial', 'stdio'];
  const qemu = spawn('qemu-system-x86_64', [...machine, ...firmware, '-cdrom', medium.iso, '-boot', 'd']);
  try {
    let said = '';
    for await (const chunk of qemu.stdout) {
      said += String(chunk);
      if (said.includes(marker)) break;
    }
    expect(said).toContain(marker);
  } finally {
    qemu.kill('SIGKILL');
  }
});
