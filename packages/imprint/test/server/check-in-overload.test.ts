import { expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { testDevice } from '../support/test-device.ts';
import { testServer } from '../support/test-server.ts';

it('a server with a full queue stretches the interval, then says when to come back; nothing it took is lost', async () => {
  const server = await testServer({ IMPRINT_CHECK_IN_QUEUE: '8' });
  try {
    const devices = Array.from({ length: 40 }, testDevice);
    for (const device of devices) {
      const { body } = await server.post('/v1/enrolment-tokens', {});
      await server.post('/v1/enrol', { message: device.enrolment(body.secret, server.clock.now()) }, '');
    }
    const checkIn = (message: string) => server.post('/v1/check-in', { message }, '');
    const send = (counter: number) =>
      Promise.all(devices.map((device) => checkIn(device.checkIn(counter, server.clock.now()))));
    // Its first messages bring the keys into memory.
    await send(1);
    const answers = await withClient(server.database.superuser, async (client) => {
      // Held, the table lets two batches hang, and all that follow wait.
      await client.query('BEGIN');
      await client.query('LOCK TABLE fleet_check_in IN ACCESS EXCLUSIVE MODE');
      const sent = send(2);
      const refused = Promise.any(
        devices.map(async (device) => {
          const answer = await checkIn(device.checkIn(3, server.clock.now()));
          if (answer.status !== 503) throw new Error('stored');
          return answer;
        }),
      );
      const full = await refused;
      await client.query('COMMIT');
      expect(full.body.code).toBe('FLEET_OVERLOADED');
      expect(full.headers.get('retry-after')).toBe('90');
      return sent;
    });
    const stored = answers.filter(({ status }) => status === 200);
    expect(stored.length).toBeGreaterThan(0);
    expect(Math.max(...stored.map(({ body }) => body.nextCheckInSeconds))).toBeGreaterThan(900);
    expect(Math.max(...stored.map(({ body }) => body.nextCheckInSeconds))).toBeLessThanOrEqual(1800);
  } finally {
    await server.close();
  }
});
