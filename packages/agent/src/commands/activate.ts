import { qrPng, qrSvg, qrTerminal, qrTextOf } from '@imprint/protocol';
import type { Command, Invocation, Outcome } from '../cli/command.ts';
import { agentError } from '../errors.ts';
import { writeDurably } from '../files/durable.ts';
import { acceptLease } from '../licence/accept.ts';
import { keepClock } from '../licence/clock.ts';
import { readLicenceUnder } from '../licence/read.ts';
import { readOfferedLease } from '../licence/read-offer.ts';
import { requestLease } from '../licence/renew.ts';
import { offlineRequest } from '../licence/request.ts';
import { requireLicensingRoot } from '../licence/trusted-root.ts';
import { ensureDeviceKey } from '../message/key.ts';
import { withDeviceLock } from '../state/lock.ts';
import { licenceData, licenceText } from './licence-text.ts';

const textFlag = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

/** Shows the licence as it is after what was done, and keeps the time that was learned. */
async function shown({ device, language, say }: Invocation, first: string, code?: string): Promise<Outcome> {
  const licence = readLicenceUnder(device, await requireLicensingRoot(device));
  keepClock(device, licence);
  const data = { ...licenceData(licence, language), ...(code === undefined ? {} : { answer: code }) };
  return { data, text: [first, '', ...licenceText(licence, say)], exit: data.withheld.length === 0 ? 0 : 1 };
}

async function activateOnline(invocation: Invocation, rebind: boolean): Promise<Outcome> {
  const { device, say } = invocation;
  const licence = readLicenceUnder(device, await requireLicensingRoot(device));
  const { claims, code } = await requestLease(device, licence, { rebind });
  const beyond =
    code === undefined
      ? ''
      : say(` (${code}: beyond the seats agreed, and valid)`, `（${code}：超出约定席位，仍有效）`);
  const first = say(
    `lease ${claims.generation} taken${beyond}`,
    `已取得第 ${claims.generation} 代租约${beyond}`,
  );
  return shown(invocation, first, code);
}

async function applyResponse(invocation: Invocation, given: string): Promise<Outcome> {
  const { device, say } = invocation;
  const root = await requireLicensingRoot(device);
  // A device that never met its server has no key yet; one whose TPM kept it gets the same again.
  const { deviceId } = ensureDeviceKey(device);
  const licence = readLicenceUnder(device, root);
  const claims = acceptLease(device, licence, readOfferedLease(given), deviceId);
  return shown(invocation, say(`lease ${claims.generation} taken`, `已取得第 ${claims.generation} 代租约`));
}

const drawings: Readonly<Record<string, (text: string) => Uint8Array>> = {
  '.svg': (text) => Buffer.from(qrSvg(text)),
  '.png': qrPng,
};

function drawRequest(path: string, text: string): void {
  const draw = drawings[path.slice(-4).toLowerCase()];
  if (draw === undefined) {
    throw agentError('AGENT_USAGE', { problem: `expected --qr FILE.svg or FILE.png, got "${path}"` });
  }
  writeDurably(path, draw(text), 0o644);
}

/** What is shown of a request that no file takes: the code to type, else a QR code on a terminal, else the message itself. */
function requestText(invocation: Invocation, message: string, qrText: string, code: string): string[] {
  const { flags, say } = invocation;
  if (flags.code === true)
    return [say('read this code out, or copy it:', '请报读或抄录此代码：'), '', code.trimEnd()];
  if (!process.stdout.isTTY) return [message];
  const title = say('show this code to your licensing officer:', '请向许可管理员出示此二维码：');
  return [title, '', qrTerminal(qrText).trimEnd()];
}

async function activateOffline(invocation: Invocation, rebind: boolean): Promise<Outcome> {
  const { device, flags, say } = invocation;
  const root = await requireLicensingRoot(device);
  const { message, code, request } = offlineRequest(device, root, { rebind });
  const qrText = qrTextOf('request', message);
  const [out, qr] = [textFlag(flags.out), textFlag(flags.qr)];
  if (out !== undefined) writeDurably(out, Buffer.from(`${message}\n`), 0o644);
  if (qr !== undefined) drawRequest(qr, qrText);
  const written = [out, qr].filter((path) => path !== undefined);
  const data = { request, message, qrText, code, written };
  const then = say(
    'then: imprint-agent activate --response FILE, or the text or code of the answer',
    '然后：imprint-agent activate --response <文件>，或答复的文本或代码',
  );
  const lines = written.map((path) => say(`request written to ${path}`, `申请已写入 ${path}`));
  const isShown = written.length === 0 || flags.code === true;
  const shownLines = isShown ? requestText(invocation, message, qrText, code) : [];
  const isBare = shownLines.length === 1 && written.length === 0;
  return { data, text: isBare ? shownLines : [...lines, ...shownLines, '', then] };
}

export const activateCommand: Command = {
  name: 'activate',
  summary: {
    en: "take this device's seat now, or carry the request and the answer by hand; exit 1 if anything stays withheld",
    'zh-CN': '立即为本机取得席位，或以人工方式传递申请与答复；仍有暂停内容时退出码为 1',
  },
  flags: [
    {
      name: 'rebind',
      type: 'boolean',
      summary: { en: "say that this machine's parts were changed", 'zh-CN': '声明本机部件已更换' },
    },
    {
      name: 'offline',
      type: 'boolean',
      summary: { en: 'make a request to carry; ask no server', 'zh-CN': '生成可携带的申请，不连接服务器' },
    },
    {
      name: 'out',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'with --offline: write the request there',
        'zh-CN': '与 --offline 合用：将申请写入文件',
      },
    },
    {
      name: 'qr',
      type: 'string',
      value: 'FILE.svg|FILE.png',
      summary: { en: 'with --offline: draw it as a QR code', 'zh-CN': '与 --offline 合用：绘制为二维码' },
    },
    {
      name: 'code',
      type: 'boolean',
      summary: { en: 'with --offline: print a code to type', 'zh-CN': '与 --offline 合用：输出可手输的代码' },
    },
    {
      name: 'response',
      type: 'string',
      value: 'FILE|TEXT',
      summary: {
        en: 'take the answer: a file, the text of its QR code, or the typed code',
        'zh-CN': '应用答复：文件、二维码文本或手输代码',
      },
    },
  ],
  run: (invocation) =>
    withDeviceLock(invocation.device, async () => {
      const { flags } = invocation;
      const response = textFlag(flags.response);
      const isOffline = [flags.offline, flags.out, flags.qr, flags.code].some((flag) => flag !== undefined);
      if (response !== undefined && (isOffline || flags.rebind === true)) {
        throw agentError('AGENT_USAGE', { problem: 'expected --response alone, or a request' });
      }
      if (response !== undefined) return applyResponse(invocation, response);
      const rebind = flags.rebind === true;
      return isOffline ? activateOffline(invocation, rebind) : activateOnline(invocation, rebind);
    }),
};
