import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askLease,
  enrolDevices,
  entitle,
  type Licensor,
  leaseOf,
  licensedDevice,
  nationOf,
  type Operator,
  operatorOf,
  storedSeats,
  testLicensor,
} from '../support/licensing.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let licensor: Licensor;
let operator: Operator;

beforeAll(async () => {
  licensor = testLicensor();
  server = await testServer(
    { IMPRINT_LEASE_REQUESTS_PER_HOUR: '1000' },
    { openLicenceKey: async () => licensor.signers },
  );
  operator = await operatorOf(server.url, server.home);
});
afterAll(() => server.close());

describe('300 devices on 50 seats', () => {
  it('get exactly 50 seats, and 250 a refusal with its reason', async () => {
    const nation = await nationOf(operator);
    const { id } = await entitle(operator, nation.id, { seats: 50 });
    const devices = Array.from({ length: 300 }, () => licensedDevice());
    await enrolDevices(server.database.superuser, nation.path, devices);
    const answers = await Promise.all(
      devices.map((device) => askLease(server.url, device.request(server.clock.now()))),
    );
    const granted = answers.flatMap((answer, index) =>
      answer.status === 200 ? [leaseOf(answer, licensor, devices[index] as { id: string })] : [],
    );
    const refused = answers.filter(({ status }) => status !== 200);
    expect(granted).toHaveLength(50);
    expect(new Set(refused.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
      new Set(['409 LICENSING_SEATS_EXHAUSTED']),
    );
    expect(refused[0]?.body.params).toEqual({ seats: 50, taken: 50, agency: nation.id });
    const stored = await storedSeats(server.database.superuser, id);
    expect(stored).toMatchObject({ active: 50, taken: 50, own: 50 });
    expect(new Set(stored.rows.map((row) => row.device_id))).toEqual(new Set(granted.map(({ sub }) => sub)));
  });
});
