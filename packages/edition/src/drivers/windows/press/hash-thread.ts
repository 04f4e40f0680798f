import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

// One digest of one file, in a thread of its own: { path, algorithm } in, hex out.
const { path, algorithm } = workerData as { readonly path: string; readonly algorithm: string };
const hash = createHash(algorithm);
const buffer = Buffer.allocUnsafe(1024 * 1024);
const file = openSync(path, 'r');
for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
  hash.update(buffer.subarray(0, read));
closeSync(file);
parentPort?.postMessage(hash.digest('hex'));
