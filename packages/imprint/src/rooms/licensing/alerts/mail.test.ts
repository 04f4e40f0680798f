import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivatePostfix, privatePostfix } from '../../../../test/support/private-postfix.ts';
import { type MailRelay, openMailRelay } from '../../../platform/mail.ts';
import { mailText } from './texts.ts';

const from = 'imprint@operator.example';
const alert = {
  entitlementId: 'E1',
  allocationId: 'N1',
  agencyId: 'A1',
  threshold: 95,
  taken: 96,
  ceiling: 100,
  percent: 96,
  asOf: '2026-03-02T08:00:00.000Z',
};
const mail = {
  id: 'M1',
  to: 'desk@agency.example',
  date: new Date('2026-03-02T08:00:01Z'),
  ...mailText(alert),
};

describe('a mail', () => {
  let postfix: PrivatePostfix;
  let relay: MailRelay;

  beforeAll(async () => {
    postfix = await privatePostfix();
    const opened = openMailRelay({ smtpUrl: postfix.url, mailFrom: from });
    if (opened === undefined) throw new TypeError('no relay');
    relay = opened;
  });
  afterAll(() => postfix.close());

  it('arrives through Postfix in both languages, Chinese first, with the figures and their time', async () => {
    await relay.send(mail, await relay.compose(mail));
    const [delivered = ''] = await postfix.mails(1);
    const { headers, text } = parsed(delivered);
    expect(headers.get('from')).toBe(from);
    expect(headers.get('to')).toBe('desk@agency.example');
    expect(headers.get('message-id')).toBe('<M1@operator.example>');
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('return-path')).toBe(`<${from}>`);
    expect(decodedWords(headers.get('subject') ?? '')).toBe(
      '[Imprint] 许可席位 96% / licence seats 96 % (96/100)',
    );
    expect(text).toContain('机构 A1 的许可席位已用 96%（96 / 100），达到 95% 告警线。');
    expect(text).toContain(
      'Agency A1 has taken 96 % of its licence seats (96 of 100) and reached the 95 % mark.',
    );
    expect(text.match(/2026-03-02T08:00:00\.000Z/g)).toHaveLength(2);
    expect(text.indexOf('机构')).toBeLessThan(text.indexOf('Agency'));
  });

  it('has the same bytes each time, so that a second delivery can be told', async () => {
    expect(await relay.compose(mail)).toEqual(await relay.compose(mail));
  });

  it('that the relay refuses is an error with its code', async () => {
    const unknown = { ...mail, to: 'nobody@agency.example' };
    await expect(relay.send(unknown, await relay.compose(unknown))).rejects.toMatchObject({
      responseCode: 550,
    });
  });
});

describe('a relay', () => {
  const open = (smtpUrl: string | undefined, mailFrom: string | undefined = from) =>
    openMailRelay({ smtpUrl, mailFrom });

  it('is none where none is set', () => {
    expect(open(undefined)).toBeUndefined();
  });

  it.each([
    ['http://relay.example', from],
    ['relay.example:25', from],
    ['smtp://relay.example', undefined],
    ['smtp://relay.example', 'Imprint <imprint@operator.example>'],
    ['smtp://relay.example', 'imprint@operator.example\r\nBcc: x@y.example'],
  ])('%s from %s is refused at the start', (smtpUrl, mailFrom) => {
    expect(() => openMailRelay({ smtpUrl, mailFrom })).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID' }),
    );
  });
});

/** Header fields by lower-case name, unfolded, and the text, decoded from quoted-printable or base64 (RFC 2045 §6). */
function parsed(message: string): { headers: Map<string, string>; text: string } {
  const lines = message.replace(/\r\n/g, '\n');
  const end = lines.indexOf('\n\n');
  const unfolded = lines.slice(0, end).replace(/\n[ \t]+/g, ' ');
  const headers = new Map(
    unfolded.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = lines.slice(end + 2);
  const isBase64 = headers.get('content-transfer-encoding') === 'base64';
  return { headers, text: isBase64 ? Buffer.from(body, 'base64').toString('utf8') : quotedPrintable(body) };
}

function quotedPrintable(text: string): string {
  const joined = text.replace(/=\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** RFC 2047 encoded words. */
function decodedWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, content: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(content, 'base64').toString('utf8')
        : quotedPrintable(content.replace(/_/g, ' ')),
    );
}
