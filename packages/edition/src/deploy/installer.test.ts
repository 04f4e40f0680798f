import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandLine, mediumMenu, networkScript } from './boot-menu.ts';
import { chooseFiles, chooseModules, identitiesIn } from './choose-files.ts';
import { cpioArchive } from './cpio.ts';
import { neededLibraries } from './elf.ts';

describe('the first root', () => {
  test('is unpacked by cpio as it was meant, owned by root, parents first', () => {
    const directory = mkdtempSync(join(tmpdir(), 'imprint-cpio-'));
    try {
      const archive = cpioArchive(
        [
          { path: 'usr/bin/tool', mode: 0o755, type: 'file', content: Buffer.from('#!/bin/sh\n') },
          { path: 'bin', mode: 0o777, type: 'symlink', content: Buffer.from('usr/bin') },
          { path: 'dev', mode: 0o755, type: 'directory', content: Buffer.alloc(0) },
        ],
        1_700_000_000,
      );
      const list = execFileSync('cpio', ['-tv', '--numeric-uid-gid'], {
        input: archive,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      expect(list.toString()).toMatch(/-rwxr-xr-x +1 0 +0 .* usr\/bin\/tool\n/);
      execFileSync('cpio', ['-idm'], { input: archive, cwd: directory, stdio: ['pipe', 'ignore', 'ignore'] });
      expect(readFileSync(join(directory, 'bin/tool'), 'utf8')).toBe('#!/bin/sh\n');
      expect(statSync(join(directory, 'usr/bin/tool')).mode & 0o777).toBe(0o755);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('brings the libraries that readelf names', () => {
    const program = '/usr/bin/dpkg-deb';
    const said = execFileSync('readelf', ['-d', program]).toString();
    const expected = [...said.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name);
    expect(neededLibraries(readFileSync(program))).toEqual(expected);
    expect(neededLibraries(Buffer.from('#!/bin/sh\n'.repeat(10)))).toEqual([]);
  });

  test('brings drivers with all they stand on, and no sound', () => {
    const table = [
      'kernel/drivers/scsi/sr_mod.ko.xz: kernel/drivers/cdrom/cdrom.ko.xz kernel/drivers/scsi/scsi_mod.ko.xz',
      'kernel/drivers/cdrom/cdrom.ko.xz:',
      'kernel/drivers/scsi/scsi_mod.ko.xz: kernel/lib/needed.ko.xz',
      'kernel/lib/needed.ko.xz:',
      'kernel/sound/beep.ko.xz:',
      'kernel/drivers/net/wireless/air.ko.xz:',
    ].join('\n');
    expect(chooseModules(table)).toEqual([
      'kernel/drivers/cdrom/cdrom.ko.xz',
      'kernel/drivers/scsi/scsi_mod.ko.xz',
      'kernel/drivers/scsi/sr_mod.ko.xz',
      'kernel/lib/needed.ko.xz',
    ]);
  });

  test('of a tree without Node is refused by the file’s name', () => {
    const index = { members: new Map(), needed: new Map(), moduleDependencies: '', kernel: '6.12' };
    expect(() => chooseFiles(index)).toThrow(expect.objectContaining({ code: 'DEPLOY_FILE_ABSENT' }));
  });
});

test('a tree with anything of one device in it is named', () => {
  const paths = [
    'etc/ssh/ssh_host_ed25519_key',
    'etc/credstore',
    'etc/credstore/imprint.enrol-token',
    'var/lib/imprint-agent/x',
  ];
  expect(identitiesIn(paths, 'a'.repeat(32))).toEqual([
    'etc/machine-id',
    'etc/ssh/ssh_host_ed25519_key',
    'etc/credstore/imprint.enrol-token',
    'var/lib/imprint-agent/x',
  ]);
  expect(identitiesIn(['etc/machine-id', 'etc/credstore'], 'uninitialized\n')).toEqual([]);
});

describe('how it starts', () => {
  const start = { isUnattended: true, isOem: true, consoles: ['ttyS0'], source: 'http://10.0.0.5' };

  test('is told on the kernel command line', () => {
    expect(commandLine(start, 'zh-CN')).toBe(
      'imprint.source=http://10.0.0.5 imprint.install=auto imprint.oem imprint.lang=zh-CN console=ttyS0',
    );
    expect(networkScript(start, 'en')).toMatch(/^#!ipxe\nkernel kernel initrd=initrd imprint\.source=/);
  });

  test('waits for nobody only where nobody is asked, and a title ends no string', () => {
    expect(mediumMenu("x' } evil", start)).toContain("menuentry 'Install x  evil' {");
    expect(mediumMenu('x', start)).toContain('set timeout=0');
    expect(mediumMenu('x', { ...start, isUnattended: false })).toContain('set timeout=-1');
  });
});
