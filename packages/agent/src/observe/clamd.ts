import { connect } from 'node:net';

const timeoutMs = 5_000;
const scanTimeoutMs = 120_000;
const maxBytes = 4096;

function exchange(
  socketPath: string,
  parts: readonly Uint8Array[],
  limitMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    let answer = '';
    const finish = (value: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(value);
    };
    const timer = setTimeout(() => finish(undefined), limitMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      for (const part of parts) socket.write(part);
    });
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.includes('\0') || answer.length > maxBytes) finish(answer.split('\0')[0]);
    });
    socket.on('end', () => finish(answer === '' ? undefined : answer));
    socket.on('error', () => finish(undefined));
  });
}

/** Asks clamd one command over its socket; undefined where it does not answer. Source: clamd(8), `z` commands. */
export const askClamd = (
  socketPath: string,
  command: 'PING' | 'VERSION' | 'RELOAD',
): Promise<string | undefined> => exchange(socketPath, [Buffer.from(`z${command}\0`)], timeoutMs);

/** Has clamd scan a file that its own account can read. Source: clamd(8), SCAN. */
export const scanPath = (socketPath: string, path: string): Promise<string | undefined> =>
  exchange(socketPath, [Buffer.from(`zSCAN ${path}\0`)], scanTimeoutMs);

/** Has clamd scan bytes: chunks with their length before them, ended by an empty one. Source: clamd(8), INSTREAM. */
export function scanStream(socketPath: string, bytes: Uint8Array): Promise<string | undefined> {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return exchange(socketPath, [Buffer.from('zINSTREAM\0'), length, bytes, Buffer.alloc(4)], scanTimeoutMs);
}
