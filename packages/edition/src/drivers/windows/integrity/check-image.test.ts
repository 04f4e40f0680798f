import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAgreement } from '../../../evidence/integrity/agreement.ts';
import { type EvidenceFixture, makeEvidenceFixture } from '../evidence/fixture.ts';
import {
  cutLink,
  flipByte,
  ntfsAttribute,
  setNtfsAttribute,
  tamperMounted,
  tamperOnNtfs,
} from '../evidence/tamper.ts';
import { dwordValue } from '../formats/regf/model.ts';
import { editHive } from '../tools/hivexregedit.ts';
import { updateImage } from '../tools/wimlib.ts';
import { checkImage, type ImageCheckInput } from './check-image.ts';

const oneDrive = '/Windows/System32/OneDriveSetup.exe';
const ntdll = '/Windows/System32/ntdll.dll';
const hosts = '/Windows/System32/drivers/etc/hosts';
const software = '/Windows/System32/config/SOFTWARE';
const user = '/Users/Default/NTUSER.DAT';

let fixture: EvidenceFixture;
const pressed = { inPlace: '', replaced: '' };
/** The second name of System32's ntdll. */
let twin = '';

async function agreement() {
  const locked = fixture.lock.inputs.find(({ role }) => role === 'mutable-core')?.sha256 ?? '';
  return parseAgreement((await fixture.store.read(locked)).toString('utf8'), locked);
}

async function check(file: string, more: Partial<ImageCheckInput> = {}) {
  const { lock, plan, base, hives, added, store, directory } = fixture;
  return await checkImage({
    ...{ lock, plan, base, hives, added, store, method: 'in-place' },
    agreement: await agreement(),
    pressed: { file, index: 1, parts: [] },
    cacheDir: join(directory, 'cache'),
    ...more,
  });
}

/** What a check finds wrong: `path: facets`. */
async function violations(file: string, more: Partial<ImageCheckInput> = {}): Promise<string[]> {
  const { classification } = await check(file, more);
  return classification.violations.map(({ path, facets }) => `${path}: ${facets.join(', ')}`);
}

const at = (name: string) => join(fixture.directory, `${name}.wim`);
const mounted = (name: string, work: (root: string) => Promise<void>) =>
  tamperMounted(pressed.inPlace, at(name), work);
const onNtfs = (name: string, work: (root: string) => Promise<void>) =>
  tamperOnNtfs(pressed.inPlace, at(name), work);

beforeAll(async () => {
  fixture = await makeEvidenceFixture();
  pressed.inPlace = await fixture.press('in-place');
  pressed.replaced = await fixture.press('replaced', 'replaced');
  const { base } = await check(pressed.inPlace);
  twin = base.entries.find(({ path, linkedWith }) => linkedWith === ntdll && path !== ntdll)?.path ?? '';
});
afterAll(() => fixture.close());

describe('an image pressed as planned', () => {
  test('passes when hives were edited in place, and each path has its class and origin', async () => {
    const { classification } = await check(pressed.inPlace);
    expect(classification.violations).toEqual([]);
    expect(classification.losses).toEqual([]);
    expect(classification.agreed.map(({ path, facets }) => [path, facets])).toEqual([
      [user, ['content']],
      [software, ['content']],
    ]);
    const entries = classification.entries
      .filter((entry) => entry.class !== 'core' || entry.path === ntdll)
      .map((entry) => `${entry.class} ${entry.path} by ${entry.origin} (${entry.evidence})`);
    await expect(`${entries.join('\n')}\n`).toMatchFileSnapshot('__golden__/classes.txt');
  });

  test('passes when hives were replaced, and what that dropped is told', async () => {
    const { classification } = await check(pressed.replaced, { method: 'replaced' });
    expect(classification.violations).toEqual([]);
    expect(classification.losses.map(({ path, facets }) => [path, facets])).toEqual([
      [user, ['security-descriptor', 'attributes', 'times']],
      [software, ['security-descriptor', 'attributes', 'times']],
    ]);
  });

  test('names the registry changes with the step that asked for each', async () => {
    const { registry } = await check(pressed.inPlace);
    const changes = registry.flatMap(({ name, changes: all }) =>
      all.map(
        (change) => `${name} ${change.kind} ${'name' in change ? change.name : change.key} ${change.step}`,
      ),
    );
    expect(changes).toContain('software set AllowTelemetry policy');
    expect(changes).toContain('software set Blob trust-roots');
    expect(changes).toContain('software added-key Policies\\Microsoft policy');
    expect(changes).toContain('default-user removed-value OneDriveSetup policy');
  });

  test('shares all content with the vendor but what was written', async () => {
    const { blobs, classification } = await check(pressed.inPlace);
    const written = classification.entries.filter(
      (entry) => entry.class !== 'core' && entry.sha1 !== undefined,
    );
    expect([...new Set(written.map(({ sha1 }) => sha1))].sort()).toEqual(blobs.added);
  });
});

describe('each of these is named, and nothing else', () => {
  test('a flipped byte of a file in System32', async () => {
    const file = await mounted('flipped', (root) => flipByte(join(root, oneDrive)));
    expect(await violations(file)).toEqual([`${oneDrive}: content`]);
  });

  test('a flipped byte of a file that WinSxS has too, by both its names', async () => {
    const file = await mounted('flipped-linked', (root) => flipByte(join(root, ntdll)));
    expect(await violations(file)).toEqual([`${ntdll}: content`, `${twin}: content`]);
  });

  test('an extra file, and an extra directory', async () => {
    const file = await mounted('extra', async (root) => {
      await writeFile(join(root, 'Windows/System32/extra.dll'), 'MZ');
      await mkdir(join(root, 'Windows/Extra'));
    });
    expect(await violations(file)).toEqual([
      '/Windows/Extra: unplanned',
      '/Windows/System32/extra.dll: unplanned',
    ]);
  });

  test('an extra file beside the planned ones', async () => {
    const file = await mounted('beside', (root) =>
      writeFile(join(root, 'Program Files/Imprint/x.exe'), 'MZ'),
    );
    expect(await violations(file)).toEqual(['/Program Files/Imprint/x.exe: unplanned']);
  });

  test('a removed core file', async () => {
    const file = await mounted('removed', (root) => rm(join(root, hosts)));
    expect(await violations(file)).toEqual([`${hosts}: missing`]);
  });

  test('a core file under another name, and one that is spelled otherwise', async () => {
    const file = await mounted('renamed', async (root) => {
      await rename(join(root, hosts), `${join(root, hosts)}X`);
      await rename(join(root, 'Windows/explorer.exe'), join(root, 'Windows/Explorer.EXE'));
    });
    expect(await violations(file)).toEqual([
      '/Windows/Explorer.EXE: name',
      `${hosts}: missing`,
      `${hosts}X: unplanned`,
    ]);
  });

  test('a planned file with other bytes, and one that is gone', async () => {
    const file = await mounted('planned', async (root) => {
      await appendFile(join(root, 'Program Files/Imprint/policy.json'), ' ');
      await rm(join(root, 'Windows/Setup/Scripts/SetupComplete.cmd'));
    });
    expect(await violations(file)).toEqual([
      '/Program Files/Imprint/policy.json: content',
      '/Windows/Setup/Scripts/SetupComplete.cmd: missing',
    ]);
  });

  test('a changed access list, a cut link, a short name, a stream and an attribute, by their facets', async () => {
    const file = await onNtfs('metadata', async (root) => {
      const other = await ntfsAttribute(join(root, 'Windows'), 'system.ntfs_acl');
      await setNtfsAttribute(join(root, 'Windows/explorer.exe'), 'system.ntfs_acl', other);
      await cutLink(join(root, twin));
      await setNtfsAttribute(join(root, 'ProgramData'), 'system.ntfs_dos_name', '0x50524f4752417e33');
      await setNtfsAttribute(join(root, hosts), 'user.hidden', '0x4d5a');
      await setNtfsAttribute(join(root, 'Windows/Panther/setupinfo'), 'system.ntfs_attrib', '0x22000000');
    });
    expect(await violations(file)).toEqual([
      '/ProgramData: short-name',
      '/Windows/Panther/setupinfo: attributes',
      `${hosts}: streams`,
      `${twin}: links`,
      '/Windows/explorer.exe: security-descriptor',
    ]);
  });

  test('a core file written anew with its own bytes, which drops its access list', async () => {
    const file = await mounted('anew', async () => {});
    const from = join(fixture.directory, 'hosts');
    await writeFile(from, '# localhost name resolution is handled within DNS itself.\r\n');
    await updateImage(file, 1, [{ kind: 'add', from, to: hosts }]);
    expect(await violations(file)).toEqual([`${hosts}: security-descriptor, attributes, times`]);
  });

  test('the lost access list of a hive, where it was to be edited in place', async () => {
    expect(await violations(pressed.replaced)).toEqual([
      `${user}: security-descriptor, attributes, times`,
      `${software}: security-descriptor, attributes, times`,
    ]);
  });

  test('a hive the vendor agreed to, where no step edits it', async () => {
    const system = '/Windows/System32/config/SYSTEM';
    const file = await mounted('agreed', (root) => flipByte(join(root, system)));
    expect(await violations(file)).toEqual([`${system}: content`]);
  });

  test('every hive, where the vendor agreed to none', async () => {
    expect(await violations(pressed.inPlace, { agreement: undefined })).toEqual([
      `${user}: content`,
      `${software}: content`,
    ]);
  });
});

describe('a hive', () => {
  const extra = { key: 'Microsoft\\Windows NT\\CurrentVersion', name: 'EditionID', value: dwordValue(1) };

  test('with a change beyond the plan is named with key and value', async () => {
    const out = join(fixture.directory, 'software.more');
    const [files, other] = fixture.hives;
    if (files === undefined || other === undefined) throw new TypeError('two hives');
    await editHive({ base: files.edited, edits: [extra], out });
    const file = await fixture.press('more');
    await updateImage(file, 1, [{ kind: 'add', from: out, to: software }]);
    const { classification } = await check(file, {
      hives: [{ ...files, edited: out }, other],
      method: 'replaced',
    });
    expect(classification.violations).toEqual([
      {
        path: software,
        facets: ['content'],
        note: 'not planned: set Microsoft\\Windows NT\\CurrentVersion\\EditionID',
      },
    ]);
  });

  test('without a planned change is named with what is missing', async () => {
    const hives = fixture.hives.map((files) =>
      files.name === 'default-user' ? { ...files, edited: files.base } : files,
    );
    const { classification } = await check(pressed.inPlace, { hives });
    expect(classification.violations.map(({ path, note }) => [path, note])).toEqual([
      [
        user,
        'planned and not found: removed-value Software\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDriveSetup',
      ],
      [user, 'is not the hive that was compared'],
    ]);
  });

  test('in the image that is not the one compared is named', async () => {
    const out = join(fixture.directory, 'software.other');
    await editHive({ base: fixture.hives[0]?.edited ?? '', edits: [extra], out });
    const file = await fixture.press('other');
    await updateImage(file, 1, [{ kind: 'add', from: out, to: software }]);
    expect(await violations(file, { method: 'replaced' })).toEqual([`${software}: content`]);
  });
});
