import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./webhook-receiver-process.ts', import.meta.url));

export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookReceiver {
  /** HOST:PORT. */
  readonly host: string;
  readonly received: ReceivedWebhook[];
  /** Resolves once a path has had so many requests. */
  until(path: string, count: number): Promise<ReceivedWebhook[]>;
  close(): Promise<void>;
}

export async function webhookReceiver(): Promise<WebhookReceiver> {
  const child: ChildProcess = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new TypeError('the receiver has no output');
  const lines = createInterface({ input: child.stdout });
  const [host] = (await once(lines, 'line')) as [string];
  const received: ReceivedWebhook[] = [];
  lines.on('line', (line) => received.push(JSON.parse(line) as ReceivedWebhook));
  const at = (path: string) => received.filter((one) => one.path === path);
  return {
    host,
    received,
    until: async (path, count) => {
      for (let turn = 0; at(path).length < count; turn += 1) {
        if (turn === 600) throw new Error(`${path} had ${at(path).length} of ${count} requests in 30 s`);
        await sleep(50);
      }
      return at(path);
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
