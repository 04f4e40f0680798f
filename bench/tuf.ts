import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildRelease,
  buildRoot,
  buildSnapshot,
  buildTargets,
  buildTimestamp,
  encodeMetadata,
  findTarget,
  generateSigner,
  type Metadata,
  memoryCache,
  metadataPath,
  refreshTuf,
  type Signer,
  signMetadata,
  targetFileOf,
} from '@imprint/trust';
import { Updater } from 'tuf-js';
import { compare, measureHere } from './measure.ts';
import type { Section } from './table.ts';

const targetCount = 10_000;
const wanted = 'edition-5000/stable/release.json';
const rounds = 3;

interface Repository {
  readonly root: Uint8Array;
  /** Published path → bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A repository of one party whose release role lists ten thousand targets. */
function buildRepository(): Repository {
  const party = generateSigner('ed25519');
  const online = generateSigner('ed25519');
  const common = { version: 1, expires: new Date(Date.now() + 30 * 86_400_000) };
  const title = { en: 'operator', 'zh-CN': '运营方' };
  const policy = { parties: { operator: { title, threshold: 1, keyIds: [party.key.keyId] } } };
  const sign = (metadata: Metadata, signer: Signer) => encodeMetadata(signMetadata(metadata, [signer]));
  const unsignedRoot = buildRoot({
    ...common,
    profile: 'intl',
    parties: policy,
    partyKeys: { operator: [party.key] },
    onlineKeys: [online.key],
  });
  const targets = Object.fromEntries(
    Array.from({ length: targetCount }, (_, index) => {
      const path = `edition-${index}/stable/release.json`;
      return [path, targetFileOf(Buffer.from(path))];
    }),
  );
  const root = sign(unsignedRoot, party);
  const targetsFile = sign(buildTargets({ ...common, root: unsignedRoot }), party);
  const release = sign(buildRelease({ ...common, targets }), party);
  const snapshot = sign(buildSnapshot({ ...common, files: { targets: targetsFile, release } }), online);
  const timestamp = sign(buildTimestamp({ ...common, snapshot }), online);
  const files = new Map([
    [metadataPath('root', 1), root],
    [metadataPath('targets', 1), targetsFile],
    [metadataPath('release', 1), release],
    [metadataPath('snapshot', 1), snapshot],
    [metadataPath('timestamp', 1), timestamp],
  ]);
  return { root, files };
}

async function refreshOwn(root: Uint8Array, url: string): Promise<void> {
  const get = async (path: string) => {
    const response = await fetch(`${url}/${path}`);
    return response.status === 404 ? undefined : new Uint8Array(await response.arrayBuffer());
  };
  const trusted = await refreshTuf({ trustedRoot: root, cache: memoryCache(), fetch: get, now: new Date() });
  if (findTarget(trusted, wanted) === undefined) throw new TypeError(`expected ${wanted} to be found`);
}

async function refreshPeer(root: Uint8Array, url: string): Promise<void> {
  const metadataDir = await mkdtemp(join(tmpdir(), 'imprint-bench-tuf-'));
  try {
    await writeFile(join(metadataDir, 'root.json'), root);
    const updater = new Updater({ metadataDir, metadataBaseUrl: `${url}/metadata` });
    await updater.refresh();
    const found = await updater.getTargetInfo(wanted);
    if (found === undefined) throw new TypeError(`expected ${wanted} to be found`);
  } finally {
    await rm(metadataDir, { recursive: true, force: true });
  }
}

/** Serves the files, and answers 404 for a next root: that is how the walk over roots ends. */
async function serve(files: Repository['files']): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const bytes = files.get((request.url ?? '/').slice(1));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server };
}

/** First refreshes of clients of a repository of ten thousand targets. */
export async function tufSection(): Promise<Section> {
  const { root, files } = buildRepository();
  const { url, server } = await serve(files);
  try {
    const contenders = [
      { name: 'imprint', run: () => measureHere(() => refreshOwn(root, url)) },
      { name: 'tuf-js 6', run: () => measureHere(() => refreshPeer(root, url)) },
    ];
    return {
      title: 'TUF refresh, 10,000 targets',
      note: 'A client with nothing but a root refreshes over local HTTP and finds one target. CPU includes the server.',
      base: 'imprint',
      rows: await compare(contenders, rounds),
    };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
