import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runAgent } from '../../../agent/src/index.ts';
import { type TestDevice, testDevice } from '../../../agent/src/testing/device.ts';
import { type Ceremony, holdCeremony, pinRoot } from '../../../agent/src/testing/repository.ts';
import { entitle, nationOf, type Operator, operatorOf, storedSeats } from '../support/licensing.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let ceremony: Ceremony;
let server: TestServer;
let operator: Operator;
let nation: { id: string; path: string };
let entitlement: { id: string };
let device: TestDevice;
let serial = 0;

beforeAll(async () => {
  ceremony = holdCeremony(new Date(), 'dual', { isLicensed: true });
  server = await testServer({}, { openLicenceKey: async () => ceremony.licence });
  operator = await operatorOf(server.url, server.home);
  nation = await nationOf(operator);
  entitlement = await entitle(operator, nation.id, {
    seats: 10,
    from: server.clock.now(),
    features: ['kiosk'],
  });
});
afterAll(() => server.close());
beforeEach(() => {
  device = newMachine();
});
afterEach(() => device.dispose());

/** A machine of its own, looked at below a directory, that knows the server and its root. */
function newMachine(): TestDevice {
  serial += 1;
  const made = testDevice({ server: server.url });
  pinRoot(made, ceremony);
  made.put('/sys/class/dmi/id/board_serial', `BOARD-${serial}\n`);
  return made;
}

async function agent(...argv: string[]) {
  let [out, error] = ['', ''];
  const exit = await runAgent([...argv, '--root', device.root, '--json'], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    env: { STATE_DIRECTORY: device.stateDir, LANG: 'C.UTF-8' },
  });
  return { exit, data: JSON.parse(out), error };
}

const seats = async () => (await storedSeats(server.database.superuser, entitlement.id)).active;

async function enrol(): Promise<void> {
  const { body } = await server.post('/v1/enrolment-tokens', {
    agencyId: nation.id,
    label: `desk ${serial}`,
  });
  expect(await agent('enrol', '--token', body.secret)).toMatchObject({ exit: 0 });
}

describe('a device and the server it is licensed by', () => {
  test('agree on a seat, once, however often the device asks, and on the copy that asks too', async () => {
    const before = await seats();
    await enrol();
    expect((await agent('activate')).data).toMatchObject({
      state: 'active',
      withheld: [],
      lease: { generation: 1, features: ['kiosk'], agency: nation.id },
    });
    server.clock.advance(1);
    expect((await agent('activate')).data.lease.generation).toBe(2);
    expect(await seats()).toBe(before + 1);
    device.files.remove('licence/lease.json');
    device.put('/sys/class/dmi/id/board_serial', 'ANOTHER-BOARD\n');
    expect((await agent('activate')).data.code).toBe('AGENT_SERVER_REFUSED');
    expect((await agent('licence')).data.code).toBe('LICENSING_DUPLICATE');
    expect(await seats()).toBe(before + 1);
  });

  test('agree where a person confirms that parts were changed', async () => {
    await enrol();
    await agent('activate');
    device.put('/sys/class/dmi/id/board_serial', 'NEW-BOARD\n');
    await agent('activate');
    expect((await agent('licence')).data).toMatchObject({
      code: 'LICENSING_HARDWARE_CHANGED',
      nextStep: expect.stringContaining('--rebind'),
    });
    expect((await agent('activate', '--rebind')).data).toMatchObject({
      state: 'active',
      lease: { generation: 2 },
    });
  });

  test.each(['message', 'qrText', 'code'] as const)(
    'agree without a network by %s, and by the same carrier back',
    async (carrier) => {
      const { data: request } = await agent('activate', '--offline');
      const body = { request: request[carrier], agencyId: nation.id };
      const { status, body: answer } = await server.post('/v1/offline-leases', body);
      expect(status).toBe(200);
      writeFileSync(join(device.root, 'answer.json'), JSON.stringify(answer));
      const { carriers } = answer;
      const given = {
        message: join(device.root, 'answer.json'),
        qrText: carriers.qr,
        code: carriers.typed,
      };
      expect((await agent('activate', '--response', given[carrier])).data).toMatchObject({
        state: 'active',
        lease: { generation: 1, edition: 'gov-base' },
      });
    },
  );
});
