import { createInterface } from 'node:readline';
import { pressBuild } from './press-build.ts';
import type { PressRequest } from './press-request.ts';
import { errorToData, isImprintError, type WorkerMessage } from './worker-protocol.ts';

// The first process of a private namespace: when it ends, every mount and process of the build ends with it. It ends
// when its standard input closes, so it never outlives who started it.

function send(message: WorkerMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function work(request: PressRequest): Promise<number> {
  try {
    send({ kind: 'done', build: await pressBuild(request, (event) => send({ kind: 'event', event })) });
    return 0;
  } catch (error) {
    if (!isImprintError(error)) throw error;
    send({ kind: 'refused', error: errorToData(error) });
    return 1;
  }
}

process.umask(0o022);
const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  work(JSON.parse(line) as PressRequest)
    .then((code) => process.stdout.write('', () => process.exit(code)))
    .catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`, () =>
        process.exit(70),
      );
    });
});
input.once('close', () => process.exit(130));
