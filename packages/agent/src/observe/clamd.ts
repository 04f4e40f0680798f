import { connect } from 'node:net';

const timeoutMs = 5_000;
const maxBytes = 4096;

/** Asks clamd one command over its socket; undefined where it does not answer. Source: clamd(8), `z` commands. */
export function askClamd(socketPath: string, command: 'PING' | 'VERSION'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    let answer = '';
    const finish = (value: string | undefined) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(timeoutMs, () => finish(undefined));
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`z${command}\0`));
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.includes('\0') || answer.length > maxBytes) finish(answer.split('\0')[0]);
    });
    socket.on('end', () => finish(answer === '' ? undefined : answer));
    socket.on('error', () => finish(undefined));
  });
}
