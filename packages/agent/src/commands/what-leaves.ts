import type { Command, Invocation } from '../cli/command.ts';
import { credential, type Device } from '../device.ts';
import { readLicence } from '../licence/read.ts';
import { leasesPath } from '../licence/renew.ts';
import { leaseRequest, previewRequest, signLeaseRequest } from '../licence/request.ts';
import { checkInRequest, enrolledKey, signCheckIn } from '../message/check-in.ts';
import { enrolRequest } from '../message/enrol.ts';
import { inventoryMessage, inventoryPath, signInventory } from '../message/inventory.ts';
import { observeInventory } from '../observe/inventory.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { readSettings } from '../settings.ts';
import { peekCounter } from '../state/counter.ts';
import { enrolmentRecord } from '../state/records.ts';

const decodePart = (part: string | undefined): unknown =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));

/** One message as it would leave, decoded from the very bytes: nothing can be in one and not in the other. */
function leaving(url: string, message: string) {
  const body = JSON.stringify({ message });
  const [header, payload] = message.split('.').slice(0, 2).map(decodePart);
  return { method: 'POST', url, sizeBytes: Buffer.byteLength(body), header, payload, body };
}

type Leaving = ReturnType<typeof leaving>;

const leavingText = (
  { url, sizeBytes, header, payload, body }: Leaving,
  say: Invocation['say'],
): string[] => [
  say(`would be sent by POST to ${url} (${sizeBytes} bytes)`, `将以 POST 发送至 ${url}（${sizeBytes} 字节）`),
  '',
  say('header', '头部'),
  JSON.stringify(header, undefined, 2),
  '',
  say('content', '内容'),
  JSON.stringify(payload, undefined, 2),
  '',
  say('bytes', '字节'),
  body,
];

/** The next lease request, where the edition is licensed; facts travel as digests only. */
async function leaseLeaving(device: Device, server: string): Promise<Leaving | undefined> {
  const licence = await readLicence(device);
  if (licence === undefined) return undefined;
  const key = enrolledKey(device);
  const request = leaseRequest(device, licence, previewRequest(device, licence, key));
  return leaving(`${server}${leasesPath}`, signLeaseRequest(key, request));
}

/** The inventory, as it goes out where the server asks for it. */
function inventoryLeaving(device: Device, server: string): Leaving | undefined {
  const inventory = observeInventory(device);
  if (inventory === undefined) return undefined;
  const key = enrolledKey(device);
  return leaving(`${server}${inventoryPath}`, signInventory(key, inventoryMessage(key, inventory)));
}

/** Lines of the inventory itself, which travels compressed. */
function inventoryText(device: Device, say: Invocation['say']): string[] {
  const packages = observeInventory(device)?.packages ?? [];
  return [say('unpacked, it is these packages', '解压后为下列软件包'), ...packages];
}

/** Before it is enrolled, a device that was given a token sends an enrolment, signed by a key made for it. */
function enrolmentLeaving(device: Device, say: Invocation['say']) {
  const token = credential(device, 'imprint.enrol-token');
  if (token === undefined || enrolmentRecord.load(device.files) !== undefined) return undefined;
  const url = `${readSettings(device).server}/v1/enrol`;
  const payload = { ...enrolRequest(device, token), token: `${token.slice(0, 8)}…` };
  const head = say(
    `would be sent by POST to ${url}, signed (the token is sent whole)`,
    `将以 POST 签名发送至 ${url}（令牌完整发送）`,
  );
  return { data: { method: 'POST', url, payload }, text: [head, '', JSON.stringify(payload, undefined, 2)] };
}

export const whatLeavesCommand: Command = {
  name: 'what-leaves',
  summary: {
    en: 'show what the next check-in, lease request and asked-for inventory would send, decoded and byte for byte, without sending it',
    'zh-CN': '显示下次签到、租约申请与应请求上传的软件包清单将发送的内容（解码后与逐字节），但不发送',
  },
  flags: [],
  run: async ({ device, say }) => {
    const enrolment = enrolmentLeaving(device, say);
    if (enrolment !== undefined) return enrolment;
    const key = enrolledKey(device);
    const { server } = readSettings(device);
    const report = await observeDevice(lookAt(device));
    const request = checkInRequest(device, key, peekCounter(device.files), report);
    const checkIn = leaving(`${server}/v1/check-in`, signCheckIn(key, request));
    const lease = await leaseLeaving(device, server);
    const inventory = inventoryLeaving(device, server);
    const text = [
      say(
        'nothing was sent; counter, time and nonce are taken anew for each message',
        '未发送任何内容；计数器、时间与随机数在每次发送时重新取得',
      ),
      '',
      ...leavingText(checkIn, say),
      ...(lease === undefined ? [] : ['', ...leavingText(lease, say)]),
      ...(inventory === undefined
        ? []
        : ['', ...leavingText(inventory, say), '', ...inventoryText(device, say)]),
    ];
    const data = {
      ...checkIn,
      ...(lease === undefined ? {} : { leaseRequest: lease }),
      ...(inventory === undefined ? {} : { inventory }),
    };
    return { data, text };
  },
};
