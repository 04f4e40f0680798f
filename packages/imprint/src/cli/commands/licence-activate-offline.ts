import { type LeaseAnswer, qrPng, qrSvg, qrTerminal } from '@imprint/protocol';
import type { Command, Input } from '../command.ts';
import { cliError } from '../errors.ts';
import { exists } from '../exists.ts';
import { agencyIdOf } from '../licence.ts';
import { readBounded } from '../read-file.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { agencyFlag, serverDryRunFlag, serverFlag } from '../texts.ts';
import { writeNew } from '../write-new.ts';

/** Longest request: as the server takes it. */
const maximumRequest = 16_384;

interface OfflineAnswer extends Omit<LeaseAnswer, 'lease'> {
  readonly lease?: LeaseAnswer['lease'];
  readonly carriers?: { readonly qr: string; readonly typed?: string };
}

export const licenceActivateOffline: Command = {
  name: 'licence activate-offline',
  summary: {
    en: 'answer the request of a device that cannot reach the server',
    'zh-CN': '为无法连接服务器的设备答复激活申请',
  },
  description: [
    {
      en: 'The request comes as a file, as - for what is piped in, as the text of a QR code or as a typed code, and is answered in the same manner: as a file (--out), as a QR code (--qr, and on a terminal), or as a code to type. The same request again gets the same answer and takes no second seat.',
      'zh-CN':
        '申请可为文件、管道输入（-）、二维码文本或手输代码；答复方式相同：文件（--out）、二维码（--qr，终端上亦会显示）或可手输的代码。同一申请再次提交得到同一答复，不占用第二个席位。',
    },
  ],
  args: [
    {
      name: 'REQUEST',
      summary: {
        en: 'a file, -, the text of a QR code or a typed code',
        'zh-CN': '文件、-、二维码文本或手输代码',
      },
    },
  ],
  flags: [
    {
      ...agencyFlag,
      required: true,
      summary: { en: 'the agency the device belongs to', 'zh-CN': '设备所属机构的编号或代码' },
    },
    {
      name: 'out',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'write the answer there, to carry to the device',
        'zh-CN': '将答复写入文件，供带回设备',
      },
    },
    {
      name: 'qr',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'draw the answer as a QR code, .png or .svg',
        'zh-CN': '将答复绘制为二维码（.png 或 .svg）',
      },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence activate-offline request.jws --agency GRID-N --out lease.json',
      summary: { en: 'from a file to a file', 'zh-CN': '由文件到文件' },
    },
    {
      line: "imprint licence activate-offline '4R2KD-8MZQT-0VXJH-61CWP-9NA3G' --agency GRID-N",
      summary: { en: 'a code somebody reads out', 'zh-CN': '由人报读的代码' },
    },
  ],
  async run(input) {
    const qrFile = qrFileOf(input);
    const request = await requestOf(input);
    const agencyId = await agencyIdOf(input, input.requiredText('agency'));
    const answer = (await changeOnServer(input, 'POST /v1/offline-leases', {
      request,
      agencyId,
    })) as OfflineAnswer;
    const written = await writeCarriers(input, answer, qrFile);
    return { data: { ...answer, written }, text: [...lines(input, answer, written), ...dryRunLines(input)] };
  },
};

function qrFileOf(input: Input): string | undefined {
  const file = input.text('qr');
  if (file === undefined || /\.(png|svg)$/i.test(file)) return file;
  throw cliError('CLI_ONE_OF', { choices: '.png | .svg', got: file, command: 'licence activate-offline' });
}

async function requestOf(input: Input): Promise<string> {
  const { context } = input;
  const given = input.argument('REQUEST');
  if (given === '-') {
    const text = await context.terminal.readInput(maximumRequest);
    if (text.length <= maximumRequest) return text;
    throw cliError('CLI_FILE_TOO_LARGE', { file: '-', maximum: maximumRequest });
  }
  const file = context.path(given);
  if (!given.startsWith('IMPRINT1:') && (await exists(file))) {
    return (await readBounded(file, maximumRequest)).toString('utf8');
  }
  // What is no file is the request itself, unless it looks like the name of one.
  if (given.startsWith('IMPRINT1:') || /^[0-9A-Za-z\s\p{Pd}]{20,}$/u.test(given)) return given;
  throw cliError('CLI_FILE_UNREADABLE', { file, reason: 'ENOENT' });
}

async function writeCarriers(
  { context, ...input }: Input,
  answer: OfflineAnswer,
  qrFile: string | undefined,
): Promise<string[]> {
  const out = input.text('out');
  const { lease, carriers } = answer;
  if (lease === undefined || carriers === undefined) return [];
  if (out !== undefined) await writeNew(context.path(out), `${JSON.stringify({ lease }, undefined, 1)}\n`);
  if (qrFile !== undefined) {
    const drawn = /png$/i.test(qrFile) ? qrPng(carriers.qr) : qrSvg(carriers.qr);
    await writeNew(context.path(qrFile), drawn);
  }
  if (!context.json && context.terminal.isErrorTerminal && carriers.typed === undefined) {
    context.terminal.error(qrTerminal(carriers.qr));
  }
  return [out, qrFile].filter((file) => file !== undefined);
}

function lines({ context: { say } }: Input, answer: OfflineAnswer, written: readonly string[]): string[] {
  const { overage, carriers, activation } = answer;
  const until = overage?.until;
  return [
    carriers === undefined
      ? say({ en: 'the request would be granted', 'zh-CN': '该申请可获授予' })
      : say({ en: `activation ${activation}`, 'zh-CN': `激活 ${activation}` }),
    ...(overage === undefined
      ? []
      : [
          say({
            en: `a seat beyond those agreed (${overage.count})${until === undefined ? '' : `, tolerated until ${until}`}`,
            'zh-CN': `超出约定的席位（${overage.count}）${until === undefined ? '' : `，容许至 ${until}`}`,
          }),
        ]),
    ...written.map((file) => say({ en: `answer written to ${file}`, 'zh-CN': `答复已写入 ${file}` })),
    ...(carriers === undefined || (written.length > 0 && carriers.typed === undefined)
      ? []
      : ['', carriers.typed?.trimEnd() ?? carriers.qr]),
  ];
}
