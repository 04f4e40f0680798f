import { createHash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import type { DeviceReport } from '@imprint/protocol';
import { messageTypes } from '@imprint/protocol';
import { verifyJws } from '@imprint/trust';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { observeInventory } from '../observe/inventory.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { inventoryWishRecord } from '../state/records.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { checkIn } from './check-in.ts';
import { enrol } from './enrol.ts';
import { bringInventory } from './inventory.ts';
import { loadDeviceKey } from './key.ts';

let server: TestServer;
let device: TestDevice;
beforeEach(async () => {
  server = await startServer();
  device = testDevice({ server: server.url });
  await enrol(device, 'enr_1_secret');
  install(['openssl 3.0.15-1~deb12u1 amd64', 'bash 5.2.15-2+b2 amd64', 'Zope 1 all']);
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

function install(packages: readonly string[]): void {
  const paragraphs = packages.map((line) => {
    const [name, version, architecture] = line.split(' ');
    return `Package: ${name}\nStatus: install ok installed\nArchitecture: ${architecture}\nVersion: ${version}\n`;
  });
  const removed = 'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n';
  device.put('/var/lib/dpkg/status', [...paragraphs, removed].join('\n'));
}

const reported = async (): Promise<DeviceReport> => observeDevice(lookAt(device));
const asking = { receivedAt: '', nextCheckInSeconds: 600, wantsInventory: true };

/** What arrived at `/v1/inventory`, verified. */
function receiver(status = 200): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    server.overrides.set('/v1/inventory', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end('{"stored":true}');
        const { message } = JSON.parse(text) as { message: string };
        verifyJws(message, () => loadDeviceKey(device)?.signer.key, messageTypes.inventory).then(
          ({ payload }) => resolve(payload),
          reject,
        );
      });
    });
  });
}

describe('an inventory', () => {
  test('is every installed package, sorted by code units, and the report names it by digest', async () => {
    expect(observeInventory(device)?.packages).toEqual([
      'Zope 1 all',
      'bash 5.2.15-2+b2 amd64',
      'openssl 3.0.15-1~deb12u1 amd64',
    ]);
    const { inventorySha256 } = await reported();
    install(['bash 5.2.15-2+b2 amd64', 'Zope 1 all', 'openssl 3.0.15-1~deb12u1 amd64']);
    expect((await reported()).inventorySha256).toBe(inventorySha256);
    install(['bash 5.2.15-2+b3 amd64']);
    expect((await reported()).inventorySha256).not.toBe(inventorySha256);
  });

  test('is sent when the server asks for it, once, as the bytes its digest names', async () => {
    const arrived = receiver();
    await checkIn(device, await reported());
    await bringInventory(device);
    expect(server.requests).not.toContain('/v1/inventory');

    server.replies.push({ status: 200, body: asking });
    const report = await reported();
    await checkIn(device, report);
    await bringInventory(device);
    const { sha256, content } = await arrived;
    const bytes = brotliDecompressSync(Buffer.from(String(content), 'base64url'));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(sha256).toBe(report.inventorySha256);
    await bringInventory(device);
    expect(server.requests.filter((path) => path === '/v1/inventory')).toHaveLength(1);
  });

  test('that cannot be sent keeps nothing else from going on, and is wished for still', async () => {
    server.replies.push({ status: 200, body: asking });
    await checkIn(device, await reported());
    server.overrides.set('/v1/inventory', (request) => request.socket.destroy());
    await bringInventory(device);
    expect(device.lines.join()).toContain('inventory not sent');
    expect(inventoryWishRecord.load(device.files)).toBeDefined();
  });
});
