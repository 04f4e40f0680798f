import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import { platformError } from './errors.ts';
import { isLoopbackHost } from './http/outbound-hosts.ts';

export interface Mail {
  /** Before the `@` of its Message-ID: the same mail sent again has the same. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly date: Date;
}

/** The configured relay that takes this server's mail. */
export interface MailRelay {
  /** The bytes of a mail, the same each time. */
  compose(mail: Mail): Promise<Uint8Array>;
  /** Hands a mail to the relay; resolves when it has taken it, within 20 s. Rejects with an SMTP or socket error. */
  send(mail: Pick<Mail, 'to'>, bytes: Uint8Array): Promise<void>;
}

/** One mailbox as it may stand in a header and an envelope: ASCII, nothing quoted. */
export const mailAddressPattern =
  "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$";

const stepMs = 10_000;
const wholeMs = 20_000;

/** Opens the relay that the settings name; undefined where they name none. @throws SETTING_INVALID */
export function openMailRelay(settings: {
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string | undefined;
}): MailRelay | undefined {
  if (settings.smtpUrl === undefined) return undefined;
  const relay = relayOf(settings.smtpUrl);
  const from = settings.mailFrom ?? '';
  if (!new RegExp(mailAddressPattern).test(from)) {
    throw platformError('SETTING_INVALID', {
      setting: 'IMPRINT_MAIL_FROM',
      expected: 'a mail address, since IMPRINT_SMTP_URL is set',
      got: from === '' ? 'nothing' : from,
    });
  }
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    compose: ({ id, to, subject, text, date }) =>
      new MailComposer({
        from,
        to,
        subject,
        text,
        date,
        messageId: `<${id}@${domain}>`,
        // RFC 3834 §5: nobody's absence notice answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      })
        .compile()
        .build(),
    send: async ({ to }, bytes) => {
      const transport = createTransport(relay);
      const cut = setTimeout(() => transport.close(), wholeMs);
      try {
        await within(wholeMs, transport.sendMail({ envelope: { from, to: [to] }, raw: Buffer.from(bytes) }));
      } finally {
        clearTimeout(cut);
        transport.close();
      }
    },
  };
}

function relayOf(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRelay = url !== undefined && /^smtps?:$/.test(url.protocol) && url.hostname !== '';
  if (!isRelay) {
    const expected = 'smtp://HOST:PORT or smtps://USER:PASSWORD@HOST';
    throw platformError('SETTING_INVALID', { setting: 'IMPRINT_SMTP_URL', expected, got: 'a value' });
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 25) : Number(url.port),
    secure,
    // Nothing to protect on the way to this very machine; anywhere else a relay without TLS gets no mail.
    ...(isLoopbackHost(host) ? { ignoreTLS: !secure } : { requireTLS: true }),
    ...(isIP(host) === 0 ? { tls: { servername: host } } : {}),
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function within<R>(milliseconds: number, work: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
