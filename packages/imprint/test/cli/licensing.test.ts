import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readQrText } from '@imprint/protocol';
import { typedNonce, typedRequest, verifyLease } from '@imprint/trust';
import { describe, expect, test } from 'vitest';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';
import { type LicensedDevice, type Licensor, licensedDevice, testLicensor } from '../support/licensing.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

type Language = 'en' | 'zh-CN';

interface Stage {
  readonly server: TestServer;
  readonly cwd: string;
  readonly licensor: Licensor;
  readonly device: LicensedDevice;
  close(): Promise<void>;
}

const header = 'code,parent,kind,sector,name_en,name_zh,agreement,class,floor,ceiling';
const files: Readonly<Record<string, string>> = {
  'agreement.pdf': 'the signed agreement\n',
  'agencies.csv': [
    header,
    'GRID-N,ENERGY,agency,,Northern grid,北方电网,LA-2026-014,desktop,1,3',
    'GRID-S,ENERGY,agency,,Southern grid,南方电网,LA-2026-014,desktop,,2',
    'GRID-N1,GRID-N,site,,Northern depot,北方仓库,,,,',
  ].join('\r\n'),
  'mistakes.csv': [
    header,
    'GRID-X,NOWHERE,agency,,Grid,电网,LA-2026-014,desktop,4,3',
    'GRID-Y,GRID-Z,agency,,Grid,电网,,,,',
    'GRID-Z,GRID-Y,agency,,Grid,电网,LA-2026-014,phone,0,-1',
  ].join('\n'),
};

async function openStage(): Promise<Stage> {
  const licensor = testLicensor();
  const start = new Date('2026-12-02T08:00:00.000Z');
  const environment = { IMPRINT_WEBHOOK_HOSTS: 'alerts.example.test' };
  const server = await testServer(environment, { start, openLicenceKey: async () => licensor.signers });
  const cwd = await mkdtemp(join(tmpdir(), 'imprint-licensing-'));
  const device = licensedDevice();
  const typist = licensedDevice();
  const typed = typedRequest({
    deviceId: typist.id,
    deviceClass: 'desktop',
    edition: 'gov-base',
    generation: 0,
    nonce: typedNonce(Buffer.alloc(6, 1)),
    facts: typist.facts,
  });
  const written = {
    ...files,
    'request.jws': device.request(server.clock.now()),
    'request.txt': typed,
    'root.json': `${JSON.stringify(licensor.root)}\n`,
    'other.json': `${JSON.stringify(testLicensor().root)}\n`,
  };
  for (const [name, text] of Object.entries(written)) await writeFile(join(cwd, name), text);
  return {
    server,
    cwd,
    licensor,
    device,
    close: async () => {
      await server.close();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

/** What a person would copy from an answer before. */
async function copied(line: string, { server }: Stage): Promise<string> {
  const first = async (path: string, member: string) => (await server.get(path)).body[member]?.at(-1)?.id;
  const known: Readonly<Record<string, () => Promise<string>>> = {
    NATION: async () => (await server.get('/v1/agencies')).body.agencies[0].id,
    ENTITLEMENT: () => first('/v1/entitlements', 'entitlements'),
    ACTIVATION: async () => (await server.get('/v1/activations')).body.activations[0].id,
    TRANSFER: () => first('/v1/seat-transfers', 'transfers'),
    REVOCATION: () => first('/v1/revocations', 'revocations'),
    TARGET: () => first('/v1/alert-targets', 'targets'),
    DEVICE: async () => licensedDevice().id,
  };
  let text = line;
  for (const [name, value] of Object.entries(known)) {
    const place = new RegExp(`\\b${name}$|\\b${name}(?= )`);
    if (place.test(text)) text = text.replace(place, await value());
  }
  return text;
}

const patterns = [
  ['QR text', /IMPRINT1:.+/g],
  ['code', /(?:[0-9A-Z]{5}-){4}[0-9A-Z]{5}(?:\n[0-9A-Z-]+)*/g],
  ['id', /\b[0-9A-Z]{26}\b/g],
  ['device', /(?<![\w-])[\w-]{43}(?![\w-])/g],
  ['digest', /\b[0-9a-f]{64}\b/g],
  ['secret', /whsec_\S+/g],
] as const;

/** Replaces what differs from run to run, each by its kind and its order of appearance. */
function stable(text: string, { cwd, server }: Stage, seen: Map<string, string>): string {
  let result = text
    .replaceAll(cwd, '~')
    .replaceAll(server.url, 'http://server')
    .replaceAll(server.home, '~home');
  for (const [kind, pattern] of patterns) {
    result = result.replace(pattern, (found) => {
      const known = [...seen.values()].filter((name) => name.startsWith(`<${kind} `)).length;
      if (!seen.has(found)) seen.set(found, `<${kind} ${known + 1}>`);
      return seen.get(found) ?? '';
    });
  }
  return result;
}

const agreement =
  "licence agreement LA-2026-014 --agency ENERGY --edition gov-base --starts 2026-12-01 --ends 2029-12-01 --document agreement.pdf --licensor 'Edition operator'";

const stories: Readonly<Record<string, readonly string[]>> = {
  licensing: [
    "agency add ENERGY --parent NATION --kind ministry --sector energy --name-en 'Ministry of energy' --name-zh '能源部' --dry-run",
    "agency add ENERGY --parent NATION --kind ministry --sector energy --name-en 'Ministry of energy' --name-zh '能源部'",
    `${agreement} --dry-run`,
    agreement,
    'licence agreement',
    'licence entitlement LA-2026-014 --class desktop --seats 4 --overage percent:25:30 --feature review',
    'licence entitlement LA-2026-014',
    'licence import mistakes.csv',
    'licence import agencies.csv --dry-run',
    'licence import agencies.csv',
    'licence import agencies.csv',
    'agency list',
    'licence allocate ENTITLEMENT',
    'licence allocate ENTITLEMENT GRID-S --floor 1 --ceiling 2 --dry-run',
    'licence allocate ENTITLEMENT GRID-S --floor 1 --ceiling 2',
    'licence alerts --add https://alerts.example.test/seats --agency ENERGY',
    'licence alerts',
    'licence alerts --remove TARGET',
    'licence activate-offline request.jws --agency GRID-N --dry-run',
    'licence activate-offline request.jws --agency GRID-N --out lease.json --qr lease.svg',
    'licence activate-offline request.jws --agency GRID-N',
    'licence activate-offline request.txt --agency GRID-S',
    'licence activations',
    'licence activations --agency GRID-S --state active',
    'licence transfer --entitlement ENTITLEMENT --from GRID-N --to GRID-S --seats 1',
    'licence transfer --cancel TRANSFER',
    'licence transfer',
    'licence transfer --activation ACTIVATION --device DEVICE --dry-run',
    'licence revoke ACTIVATION --reason lost-or-stolen --dry-run',
    'licence revoke ACTIVATION --reason lost-or-stolen',
    'licence revoke',
    'licence activations --state revoked',
    'licence revoke --undo REVOCATION --reason found --dry-run',
    'licence revoke --undo REVOCATION --reason found',
    'licence revoke',
    'licence revoke --withdraw REVOCATION',
    'licence report --agency ENERGY',
    'licence report --agency GRID-S --out usage.json',
    'licence report --verify usage.json --root root.json',
    'licence report --verify altered.json --root root.json',
    'licence report --verify usage.json --root other.json',
    'licence agreement LA-2026-014 --end',
    "person add li.wei --name '李伟' --agency ENERGY --dry-run",
  ],
  'licensing-mistakes': [
    'licence agreement LA-2',
    'licence agreement LA-2 --agency NATION',
    `${agreement.replace('ENERGY', 'ENERGIE')}`,
    `${agreement.replace('2026-12-01', '2026-02-30')}`,
    `${agreement} --end`,
    'licence entitlement LA-1 --class phone',
    "agency add ENERGY --parent NATION --kind ministry --name-en E --name-zh '能'",
    agreement,
    `${agreement.replace('2029', '2030')}`,
    'licence entitlement LA-2026-014 --class desktop --seats 0',
    'licence entitlement LA-2026-014 --class desktop --seats 5 --overage percent:10',
    'licence entitlement LA-2026-015 --class desktop --seats 5',
    'licence import nothing.csv',
    'licence activate-offline request.jws --agency ENERGY',
    'licence activate-offline nothing.jws --agency ENERGY',
    'licence activate-offline agreement.pdf --agency ENERGY',
    'licence activate-offline request.jws --agency ENERGY --qr lease.gif',
    'licence revoke a --entitlement b --reason misuse',
    'licence revoke a',
    'licence revoke --undo a',
    'licence transfer --consent a --cancel b',
    'licence alerts --add https://other.example.test/',
    'person disable nobody',
    'licence agreement --home nowhere',
  ],
};

/** A copy of the report that claims one seat fewer. */
async function alterReport(cwd: string): Promise<void> {
  const envelope = JSON.parse(await readFile(join(cwd, 'usage.json'), 'utf8'));
  const payload = Buffer.from(envelope.payload, 'base64').toString('utf8').replace('"taken":1', '"taken":0');
  const altered = { ...envelope, payload: Buffer.from(payload).toString('base64') };
  await writeFile(join(cwd, 'altered.json'), JSON.stringify(altered));
}

/** Runs lines as a person would and writes down what is seen. */
async function transcript(lines: readonly string[], language: Language, stage: Stage): Promise<string> {
  const seen = new Map<string, string>();
  let text = '';
  for (const line of lines) {
    const words = await copied(line, stage);
    if (words.includes('altered.json')) await alterReport(stage.cwd);
    // Ids follow the clock: what is made later is listed later.
    stage.server.clock.advance(60);
    const home = words.includes('--home') ? '' : ` --home ${stage.server.home}`;
    const { code, stdout, stderr } = await imprint(`${words} --server ${stage.server.url}${home}`, {
      cwd: stage.cwd,
      env: { IMPRINT_LANG: language },
    });
    const errors = stderr.replace(/^(?=.)/gm, '! ');
    text += stable(
      `$ imprint ${words}\n${errors}${stdout}${code === 0 ? '' : `[exit ${code}]\n`}\n`,
      stage,
      seen,
    );
  }
  return text;
}

describe.each(['en', 'zh-CN'] as const)('in %s', (language) => {
  test.each(Object.keys(stories))('the story "%s" reads as written down', async (name) => {
    const stage = await openStage();
    try {
      const text = await transcript(stories[name] ?? [], language, stage);
      await expect(text).toMatchFileSnapshot(`${name}.${language}.txt`);
    } finally {
      await stage.close();
    }
  });
});

test('an answer drawn as a QR code is read back by another decoder, and verifies', async () => {
  const stage = await openStage();
  try {
    for (const line of [
      "agency add ENERGY --parent NATION --kind ministry --name-en E --name-zh '能'",
      agreement,
      'licence entitlement LA-2026-014 --class desktop --seats 4',
      'licence activate-offline - --agency ENERGY --out lease.json --qr lease.png',
    ]) {
      const words = await copied(line, stage);
      const options = { cwd: stage.cwd, piped: await readFile(join(stage.cwd, 'request.jws'), 'utf8') };
      const answer = await imprint(
        `${words} --server ${stage.server.url} --home ${stage.server.home}`,
        options,
      );
      expect(answer).toMatchObject({ code: 0 });
    }
    const { lease } = JSON.parse(await readFile(join(stage.cwd, 'lease.json'), 'utf8'));
    const decoded = execFileSync('zbarimg', ['--quiet', '--raw', join(stage.cwd, 'lease.png')], {
      encoding: 'utf8',
    });
    expect(readQrText(decoded)).toEqual({ kind: 'lease', jws: lease.token });
    expect(verifyLease(lease, stage.licensor.root, { deviceId: stage.device.id }).generation).toBe(1);
  } finally {
    await stage.close();
  }
});
