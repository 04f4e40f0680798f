import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Postfix with a configuration, a queue and a port of its own on loopback: no other instance is touched. */
export interface PrivatePostfix {
  /** As `IMPRINT_SMTP_URL` names it. */
  readonly url: string;
  /** Mails delivered to `desk@agency.example`, once there are so many. */
  mails(count: number): Promise<string[]>;
  close(): Promise<void>;
}

const nobody = 65_534;

export async function privatePostfix(): Promise<PrivatePostfix> {
  const home = await mkdtemp(join(tmpdir(), 'imprint-postfix-'));
  // Postfix looks at its directories as its own account.
  await chmod(home, 0o755);
  const [etc, queue, data, boxes] = ['etc', 'queue', 'data', 'boxes'].map((name) => join(home, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const directory of [etc, queue, data, boxes]) await mkdir(directory);
  await chown(boxes, nobody, nobody);
  execFileSync('chown', ['postfix', data]);
  const port = await freePort();
  await writeFile(join(etc, 'main.cf'), mainCf({ etc, queue, data, boxes, home }));
  await writeFile(join(etc, 'master.cf'), masterCf(port));
  const child = spawn('postfix', ['-c', etc, 'start-fg'], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(child, port, join(home, 'log'));
  const box = join(boxes, 'desk', 'new');
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: async (count) => {
      for (let turn = 0; turn < 400; turn += 1) {
        const names = await readdir(box).catch(() => []);
        if (names.length >= count)
          return Promise.all(names.sort().map((name) => readFile(join(box, name), 'utf8')));
        await sleep(50);
      }
      throw new Error(`expected ${count} mails: ${await readFile(join(home, 'log'), 'utf8')}`);
    },
    close: async () => {
      const ended = once(child, 'exit');
      execFileSync('postfix', ['-c', etc, 'stop'], { stdio: 'ignore' });
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

function mainCf(paths: Record<'etc' | 'queue' | 'data' | 'boxes' | 'home', string>): string {
  return `compatibility_level = 3.6
queue_directory = ${paths.queue}
data_directory = ${paths.data}
maillog_file = ${paths.home}/log
maillog_file_prefixes = ${paths.home}
myhostname = relay.example
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_mynetworks, reject
virtual_mailbox_domains = agency.example
virtual_mailbox_base = ${paths.boxes}
virtual_mailbox_maps = inline:{ { desk@agency.example = desk/ } }
virtual_uid_maps = static:${nobody}
virtual_gid_maps = static:${nobody}
default_transport = error:nothing leaves this machine
`;
}

/** Only what takes a mail and puts it into a mailbox. */
function masterCf(port: number): string {
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'proxymap unix - - n - - proxymap',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'virtual unix - n n - - virtual',
    'error unix - - n - - error',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  return `${services.join('\n')}\n`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function listening(child: ChildProcess, port: number, log: string): Promise<void> {
  for (let turn = 0; turn < 400 && child.exitCode === null; turn += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).once('error', () => resolve(false));
    });
    if (isOpen) return;
    await sleep(50);
  }
  const said = await readFile(log, 'utf8').catch(() => 'nothing');
  throw new Error(`expected Postfix to listen on port ${port}, it said: ${said}`);
}
