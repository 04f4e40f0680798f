import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAnyManifest, openContentStore } from '@imprint/edition';
import { type BuildRecord, type DeviceReport, windowsDevicePaths } from '@imprint/protocol';
import { hashFile } from '@imprint/trust';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWindowsAgent } from '../../../../tools/agent-windows.ts';
import { goodReport } from '../../../edition/src/drivers/windows/checklist/subject.ts';
import { trustRootEdits } from '../../../edition/src/drivers/windows/formats/certificate-blob.ts';
import { emitReg } from '../../../edition/src/drivers/windows/formats/reg/emit-reg.ts';
import {
  buildWindowsFixture,
  type WindowsFixture,
} from '../../../edition/src/drivers/windows/testing/windows-fixture.ts';
import { checklistSubject } from '../../src/cli/windows-build.ts';
import { openLog } from '../../src/platform/log.ts';
import { readSettings } from '../../src/platform/settings.ts';
import { operatorTokenFile } from '../../src/rooms/organisation/index.ts';
import { startServer } from '../../src/server/index.ts';
import { checkout, runProcess } from '../support/imprint-process.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';
import { makeInstaller } from '../support/windows-installer.ts';
import { startWine } from '../support/wine.ts';

const minute = 60_000;
const parties = ['vendor', 'operator', 'regulator'] as const;
const name = 'gov-desktop-windows';

let directory: string;
let home: string;
let fixture: WindowsFixture;
let build: string;
let record: BuildRecord;

const at = (...names: string[]) => join(directory, ...names);
const imageOf = (place: string, { artifacts }: BuildRecord) =>
  join(place, artifacts.find(({ kind }) => kind === 'wim')?.name ?? '');

/** Runs one command to a good end and returns its answer. */
async function imprint(
  args: readonly string[],
  { place = home, ...options }: Parameters<typeof runProcess>[2] & { place?: string } = {},
) {
  const ran = await runProcess('imprint', [...args, '--home', place], { cwd: directory, ...options });
  expect(ran.code, `${args.join(' ')}\n${ran.stderr.slice(-3000)}`).toBe(0);
  return JSON.parse(ran.stdout);
}

const signWith = (party: string) => ['--key', party, '--passphrase-file', at(`${party}.passphrase`)];

/** Root of trust, and the vendor's agreement to what the sample changes. */
async function holdCeremony(): Promise<void> {
  for (const party of parties) {
    writeFileSync(at(`${party}.passphrase`), `a passphrase of the ${party}\n`);
    await imprint(['key', 'new', party, '--passphrase-file', at(`${party}.passphrase`)]);
  }
  await imprint(['key', 'new', 'online', '--online']);
  await imprint(['trust', 'init', ...parties.flatMap((party) => ['--party', party])]);
  for (const party of parties) await imprint(['trust', 'sign-root', ...signWith(party)]);
  await imprint(['vendor', 'sign-policy', `editions/${name}/vendor-policy.json`, ...signWith('vendor')]);
}

/** What a listing says of where the data lies in the file, and of clocks, rather than of the path. */
const ofTheFile = /^(Last Access|Last Write|Link Group|Offset in WIM|Reference Count|Compressed size)/;

/** What `wimlib-imagex dir` says of every path, with its content, descriptor, attributes and number of links. */
function listing(wim: string): Map<string, string> {
  const text = execFileSync('wimlib-imagex', ['dir', wim, '1', '--detailed'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const blocks = text.split(/^-{3,}$/m).map((block) => block.trim());
  const entries = blocks.flatMap((block) => {
    const path = /^Full Path\s*= "(.*)"$/m.exec(block)?.[1];
    const facts = block.split('\n').filter((line) => !ofTheFile.test(line));
    return path === undefined ? [] : [[path, facts.join('\n')] as const];
  });
  return new Map(entries);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-windows-edition-'));
  home = at('home');
  mkdirSync(at('.git'));
  mkdirSync(at('dist'));
  cpSync(join(checkout, 'editions'), at('editions'), { recursive: true });
  writeFileSync(at('dist/gov-antivirus.msi'), makeInstaller('Gov Antivirus'));
  await buildWindowsAgent({ root: checkout, outDir: at('dist') });
  fixture = await buildWindowsFixture(at('fixture'));
  const manifest = at('editions', name, 'edition.yaml');
  const roots = '    vendorRoots: [../../fixture/vendor-root.pem]\n';
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('    index: 1\n', `    index: 1\n${roots}`));
  await holdCeremony();
  await imprint(['edition', 'lock', `editions/${name}`, '--image', 'fixture/install.wim']);
  const answer = await imprint(['edition', 'build', `editions/${name}`]);
  build = answer.directory;
  record = answer.record;
}, 8 * minute);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the sample edition on an image of one’s own', () => {
  test('builds with every output and piece of evidence, and the image given is as it was', async () => {
    expect(record.artifacts.map(({ kind }) => kind)).toEqual(['wim', 'swm']);
    expect(record.counts).toMatchObject({ missing: 0, violations: 0, modified: 3 });
    expect(await readdir(join(build, 'evidence'))).toEqual(record.evidence.map((file) => file.name).sort());
    const kept = await buildWindowsFixture(at('fixture-again'));
    expect((await hashFile(fixture.wim)).sha256).toBe((await hashFile(kept.wim)).sha256);
  });

  test('has the vendor’s own signatures looked at, against the authorities it was given', async () => {
    const file = record.evidence.find(({ kind }) => kind === 'core-integrity-statement')?.name ?? '';
    const { predicate } = JSON.parse(await readFile(join(build, 'evidence', file), 'utf8'));
    expect(predicate.signatures).toMatchObject({ state: 'surveyed', mismatched: [] });
    expect(predicate.signatures.embedded).toBeGreaterThan(0);
    expect(predicate.signatures.catalog).toBeGreaterThan(0);
  });

  test('differs from the vendor’s image by what the plan says and by nothing else', async () => {
    const plan = await imprint(['edition', 'plan', `editions/${name}`]);
    const planned: string[] = plan.steps.flatMap(({ actions }: { actions: { path?: string }[] }) =>
      actions.flatMap(({ path }) => (path === undefined ? [] : [path])),
    );
    const [before, after] = [listing(fixture.wim), listing(imageOf(build, record))];
    const added = [...after.keys()].filter((path) => !before.has(path));
    const directories = ['/Program Files/Imprint', windowsDevicePaths.payload, '/Windows/Setup/Scripts'];
    expect(added.sort()).toEqual([...planned, ...directories].sort());
    expect([...before.keys()].filter((path) => !after.has(path))).toEqual([]);
    const changed = [...before].filter(([path, facts]) => after.get(path) !== facts).map(([path]) => path);
    expect(changed.sort()).toEqual([
      '/Users/Default/NTUSER.DAT',
      '/Windows/System32/config/SOFTWARE',
      '/Windows/System32/config/SYSTEM',
    ]);
  });

  test('holds in its hives what the policies say, as another reader of hives reads it', () => {
    const hives = at('hives');
    const argv = ['extract', imageOf(build, record), '1', '/Windows/System32/config/SOFTWARE'];
    execFileSync('wimlib-imagex', [...argv, `--dest-dir=${hives}`], { stdio: 'ignore' });
    const read = (key: string) =>
      execFileSync('reglookup', ['-p', key, join(hives, 'SOFTWARE')], { encoding: 'utf8' });
    const policies = '/Policies/Microsoft/Windows';
    expect(read(`${policies}/DataCollection`)).toMatch(/AllowTelemetry,DWORD,0x00000000/);
    expect(read(`${policies}/CloudContent`)).toMatch(/DisableWindowsConsumerFeatures,DWORD,0x00000001/);
    expect(read(`${policies}/WindowsUpdate`)).toMatch(/WUServer,SZ,https:\/\/updates\.example/);
    expect(read('/Microsoft/SystemCertificates/ROOT/Certificates')).toMatch(/Blob,BINARY/);
  });

  test(
    'gives the same bytes in another home, time zone and locale',
    async () => {
      const env = { TZ: 'Pacific/Auckland', LC_ALL: 'tr_TR.UTF-8', IMPRINT_LANG: 'en' };
      const elsewhere = at('another home');
      const lock = ['edition', 'lock', `editions/${name}`, '--image', 'fixture/install.wim'];
      const root = ['--release-root', join(home, 'release/root/root.json'), '--out', at('again.lock.json')];
      await imprint([...lock, ...root], { env, place: elsewhere });
      const again = await imprint(['edition', 'build', at('again.lock.json')], { env, place: elsewhere });
      expect(again.record).toEqual(record);
      for (const { name: file, digests } of record.artifacts)
        expect((await hashFile(join(again.directory, file))).sha256, file).toBe(digests.sha256);
    },
    4 * minute,
  );

  test(
    'is verified path by path, and one flipped byte of the system is named',
    async () => {
      expect(await imprint(['edition', 'verify', build])).toMatchObject({ files: [], findings: [] });
      const copy = at('tampered');
      cpSync(build, copy, { recursive: true });
      const system = '/Windows/System32/kernel32.dll';
      execFileSync('wimlib-imagex', ['extract', fixture.wim, '1', system, `--dest-dir=${at('flip')}`], {
        stdio: 'ignore',
      });
      const bytes = readFileSync(at('flip/kernel32.dll'));
      bytes[4096] = (bytes[4096] ?? 0) ^ 1;
      writeFileSync(at('flip/kernel32.dll'), bytes);
      execFileSync('wimlib-imagex', ['update', imageOf(copy, record), '1'], {
        input: `add '${at('flip/kernel32.dll')}' '${system}'\n`,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const verdict = await runProcess('imprint', ['edition', 'verify', copy]);
      expect(verdict.code).toBe(1);
      const { files, findings } = JSON.parse(verdict.stdout);
      expect(files).toEqual([record.artifacts[0]?.name]);
      expect(findings).toContainEqual({ path: system, facets: expect.arrayContaining(['content']) });
    },
    4 * minute,
  );
});

describe('its checklist', () => {
  const attest = (report: object, ...flags: string[]) => {
    writeFileSync(at('report.json'), JSON.stringify(report));
    return runProcess('imprint', ['edition', 'attest', build, at('report.json'), '--home', home, ...flags]);
  };

  test('is a script of this build, and its report becomes evidence of it; another build’s is refused', async () => {
    const { file } = await imprint(['edition', 'checklist', build]);
    expect(readFileSync(file, 'utf8')).toContain('imprint/device-checklist/v1');
    const subject = await checklistSubject(build, openContentStore(join(home, 'store')));
    const report = { ...goodReport(subject, 'image') };
    const dry = await attest(report, '--dry-run');
    expect([dry.code, JSON.parse(dry.stdout).kept]).toEqual([0, false]);
    const kept = JSON.parse((await attest(report)).stdout);
    const now = JSON.parse(readFileSync(join(build, 'build.json'), 'utf8')) as BuildRecord;
    expect(now.evidence.at(-1)).toMatchObject({ kind: 'device-checklist', name: kept.evidence });
    const foreign = await attest({ ...report, build: { ...report.build, version: '2026.10.0' } });
    expect([foreign.code, JSON.parse(foreign.stdout || foreign.stderr).code]).toEqual([
      1,
      'WINDOWS_CORE_REPORT_FOREIGN',
    ]);
    const again = await imprint(['edition', 'build', `editions/${name}`]);
    expect(again.record.evidence).toEqual(now.evidence);
  });
});

describe('released and on a device', () => {
  test(
    'its own agent verifies the release under Wine and reports what holds and what is only declared',
    async () => {
      const { id, sha256 } = await imprint([
        'release',
        'propose',
        build,
        '--channel',
        'stable',
        '--by',
        'operator',
      ]);
      for (const party of parties)
        await imprint(['release', 'approve', id, ...signWith(party), '--sha256', sha256]);
      await imprint(['release', 'publish', id]);
      const log = openLog('error', pino.destination({ dest: at('server.log'), sync: true }));
      const settings = readSettings({}, { home });
      const server = await startServer({ home, host: '127.0.0.1', port: 0, settings, log });
      const proxy = await startTlsProxy(server.url, 'Imprint test authority');
      const wine = await startWine();
      try {
        const image = ['extract', imageOf(build, record), '1', '/Program Files/Imprint'];
        execFileSync('wimlib-imagex', [...image, `--dest-dir=${join(wine.drive, 'Program Files')}`], {
          stdio: 'ignore',
        });
        const file = at('root.reg');
        writeFileSync(file, emitReg('HKEY_LOCAL_MACHINE\\SOFTWARE', trustRootEdits(proxy.authority)));
        await wine.run('reg', ['import', `Z:${file.replaceAll('/', '\\')}`]);
        const agent = async (...args: string[]) => {
          const ran = await wine.run('C:\\Program Files\\Imprint\\imprint-agent.exe', [...args, '--json']);
          return JSON.parse(ran.stdout || ran.stderr);
        };
        const token = await imprint(['token', 'new', '--label', 'windows', '--server', server.url]);
        const { deviceId } = await agent('enrol', '--token', token.secret, '--server', proxy.url);
        await agent('run');
        const authorization = `Bearer ${(await readFile(operatorTokenFile(home), 'utf8')).trim()}`;
        const shown = await fetch(`${server.url}/v1/devices/${deviceId}`, { headers: { authorization } });
        const { report, posture } = (await shown.json()) as {
          report: DeviceReport;
          posture: { state: string; figures: readonly { name: string; state: string }[] };
        };
        expect(report.release).toMatchObject({ state: 'ok', version: '2026.11.0', sha256 });
        const stateOf = (policy: string) => report.policy.find(({ id: one }) => one === policy)?.state;
        expect(['telemetry', 'firewall', 'screenLock', 'usbStorage'].map(stateOf)).toEqual(
          Array(4).fill('ok'),
        );
        const declared = report.firstBoot?.filter(({ id: step }) => step.startsWith('remove:'));
        expect(declared?.length).toBeGreaterThan(0);
        expect(declared?.filter(({ state }) => state === 'ok')).toEqual([]);
        expect(report.antivirus.state).toBe('unknown');
        const declaredFigure = posture.figures.find((figure) => figure.name === 'first-boot');
        expect(['unknown', 'failing']).toContain(declaredFigure?.state);
        expect(posture.state).not.toBe('ok');
      } finally {
        wine.stop();
        await proxy.close();
        await server.stop();
      }
    },
    8 * minute,
  );

  test('its manifest on the server is the one the build made', async () => {
    const integrity = record.evidence.find(({ kind }) => kind === 'integrity');
    const { sha256 = '' } = integrity?.digests ?? {};
    const blob = join(home, 'repository/blobs/sha256', sha256.slice(0, 2), sha256);
    const manifest = decodeAnyManifest(await readFile(blob));
    expect(manifest).toMatchObject({ schema: 'imprint/integrity-wim/v1', counts: record.counts });
  });
});
