import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeKvm } from '../../src/device-lab/kvm-probe.ts';
import type { Accelerator } from '../../src/device-lab/qemu.ts';
import { blankDisk, startMachine } from './deployment-lab.ts';
import { runProcess } from './imprint-process.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';
import { ask, jsonPost } from './test-server.ts';

const minute = 60_000;
const serial = 'LAB-2026-0007';
/** The host as a guest of QEMU's user network sees it. */
const seen = (url: string) => url.replace(/127\.0\.0\.1|localhost/, '10.0.2.2');

export interface JourneyPlaces {
  /** A home that `npm start` published a release in. */
  readonly home: string;
  readonly directory: string;
}

/** From a published release to an enrolled device that nobody typed anything on, and what happens when something was changed. */
export function deploymentJourney(places: () => JourneyPlaces): void {
  describe('a blank machine on the network', () => {
    let server: ServerProcess;
    let accelerator: Accelerator;
    let token: string;
    let disk: string;
    const post = (path: string, body: unknown) => ask(server.url + path, jsonPost(body, token));
    const bootFile = () => `${seen(server.url)}/content/deploy/gov-base/stable/boot.ipxe`;
    const deploy = async () => {
      const args = ['--source', seen(server.url), '--unattended', '--console', 'ttyS0,115200'];
      const made = await runProcess('imprint', [
        'deploy',
        'netboot',
        'gov-base',
        '--home',
        places().home,
        ...args,
      ]);
      expect(made.code, made.stderr.slice(-2000)).toBe(0);
    };

    beforeAll(async () => {
      const { home, directory } = places();
      server = await serverProcess({ IMPRINT_HOME: home });
      token = (await readFile(join(home, 'run', 'operator-token'), 'utf8')).trim();
      accelerator = (await probeKvm()).usable ? 'kvm' : 'tcg';
      await deploy();
      disk = await blankDisk(join(directory, 'machine.img'));
    }, 5 * minute);
    afterAll(() => server.end('SIGTERM'), minute);

    test(
      'gets the approved release, and its next start is a device in the agency its serial number is listed for',
      async () => {
        const { directory } = places();
        const console = join(directory, 'install.log');
        const installer = startMachine({
          accelerator,
          disk,
          serial,
          consoleLog: console,
          bootFile: bootFile(),
        });
        const text = await installer.until(/imprint: (installed on|error:)/, 12 * minute);
        expect(text).toMatch(/approved by .*operator/);
        expect(text).toContain(`installed on vda [${serial}]`);
        await installer.ended();
        const nation = (
          await ask(`${server.url}/v1/agencies`, { headers: { authorization: `Bearer ${token}` } })
        ).body.agencies[0].id;
        const name = { en: 'Site', 'zh-CN': '站点' };
        const agency = (await post('/v1/agencies', { parentId: nation, kind: 'agency', code: 'LAB', name }))
          .body.id;
        const list = Buffer.from(`serial,asset_tag,agency\n${serial},TAG-7,LAB\n`).toString('base64');
        expect((await post('/v1/preregistrations', { file: list })).body).toMatchObject({ new: 1 });
        const { secret } = (await post('/v1/deployment-tokens', { agencyId: agency, mostDevices: 1 })).body;
        const credentials = { 'imprint.server': seen(server.url), 'imprint.enrol-token': secret };
        const started = startMachine({
          accelerator,
          disk,
          serial,
          consoleLog: join(directory, 'start.log'),
          credentials,
        });
        try {
          const machine = await untilEnrolled(server.url, token);
          expect(machine).toMatchObject({ assetTag: 'TAG-7' });
        } finally {
          await started.stop();
        }
      },
      16 * minute,
    );

    test(
      'that holds a system is left as it is',
      async () => {
        const { directory } = places();
        const before = await headOf(disk);
        const console = join(directory, 'refused.log');
        const installer = startMachine({
          accelerator,
          disk,
          serial,
          consoleLog: console,
          bootFile: bootFile(),
        });
        try {
          const text = await installer.until(/AGENT_INSTALL_\w+/, 6 * minute);
          expect(text).toContain('AGENT_INSTALL_NO_DISK');
        } finally {
          await installer.stop();
        }
        expect((await headOf(disk)).equals(before)).toBe(true);
      },
      8 * minute,
    );
  });
}

/** The first mebibyte, where a disk's table and boot code are. */
async function headOf(disk: string): Promise<Buffer> {
  const file = await open(disk, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(1024 * 1024), 0, 1024 * 1024, 0);
    return buffer;
  } finally {
    await file.close();
  }
}

async function untilEnrolled(url: string, token: string): Promise<object> {
  const deadline = Date.now() + 8 * minute;
  while (Date.now() < deadline) {
    const { body } = await ask(`${url}/v1/preregistrations`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const found = body.machines.find((machine: { deviceId?: string }) => machine.deviceId !== undefined);
    if (found !== undefined) return found;
    await sleep(500);
  }
  throw new Error('no device enrolled');
}
