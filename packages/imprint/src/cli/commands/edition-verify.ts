import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeManifest, indexTree, runTool, type TreeFinding, verifyTree } from '@imprint/edition';
import type { BuildRecord } from '@imprint/protocol';
import { hashFile } from '@imprint/trust';
import { readBuildRecord } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { exists } from '../exists.ts';

/** Findings named one by one for people; `--json` has all. */
const listedFindings = 50;

export const editionVerify: Command = {
  name: 'edition verify',
  summary: {
    en: 'check a build against its digests and its integrity manifest',
    'zh-CN': '按摘要与完整性清单检查构建',
  },
  description: [
    {
      en: 'Hashes every artifact and piece of evidence, then unpacks the root file system (or takes --tree) and names every path that is not what the manifest says. Exit 1 when any differs.',
      'zh-CN':
        '计算每个制品与证据的摘要，然后解开根文件系统（或使用 --tree），列出与清单不符的每个路径。若有不符则退出码为 1。',
    },
  ],
  args: [{ name: 'BUILD', summary: { en: 'a build directory', 'zh-CN': '构建目录' } }],
  flags: [
    {
      name: 'tree',
      type: 'string',
      value: 'DIR',
      summary: {
        en: 'an unpacked or mounted root to check instead',
        'zh-CN': '改为检查已解开或挂载的根目录',
      },
    },
  ],
  examples: [
    {
      line: 'imprint edition verify .imprint/builds/3f9c0a1b2c3d4e5f',
      summary: { en: 'is it still what was built?', 'zh-CN': '它是否仍是所构建的内容？' },
    },
  ],
  async run(input) {
    const { context } = input;
    const build = context.path(input.argument('BUILD'));
    const record = await readBuildRecord(build);
    const files = await differingFiles(build, record);
    const tree = input.text('tree');
    const findings =
      tree === undefined
        ? await unpacked(build, record, context, (at) => findingsIn(at, build, record, context))
        : await findingsIn(context.path(tree), build, record, context);
    const isRight = files.length === 0 && findings.length === 0;
    const { say } = context;
    return {
      data: { edition: record.edition, version: record.version, files, findings },
      text: [
        isRight
          ? say({
              en: `${record.edition} ${record.version} is as it was built`,
              'zh-CN': `${record.edition} ${record.version} 与构建时一致`,
            })
          : say({
              en: `${files.length} files and ${findings.length} paths differ`,
              'zh-CN': `${files.length} 个文件、${findings.length} 个路径不符`,
            }),
        ...files.map((name) => `  ${name}`),
        ...findings.slice(0, listedFindings).map(({ path, facets }) => `  ${path}  ${facets.join(', ')}`),
      ],
      exit: isRight ? 0 : 1,
    };
  },
};

/** Where a build keeps a file: under its folder, or beside `build.json`. */
async function fileOf(build: string, folder: string, name: string): Promise<string> {
  const inside = join(build, folder, name);
  return (await exists(inside)) ? inside : join(build, name);
}

/** Names of artifacts and evidence whose bytes are not those recorded, or that are gone. */
async function differingFiles(build: string, record: BuildRecord): Promise<string[]> {
  const all = [
    ...record.artifacts.map((file) => ({ folder: 'artifacts', file })),
    ...record.evidence.map((file) => ({ folder: 'evidence', file })),
  ];
  const differing: string[] = [];
  for (const { folder, file } of all) {
    const path = await fileOf(build, folder, file.name);
    const found = (await exists(path)) ? await hashFile(path) : undefined;
    if (found?.sha256 !== file.digests.sha256) differing.push(file.name);
  }
  return differing;
}

async function findingsIn(
  tree: string,
  build: string,
  record: BuildRecord,
  { signal }: Context,
): Promise<TreeFinding[]> {
  const integrity = record.evidence.find(({ kind }) => kind === 'integrity');
  const file = await fileOf(build, 'evidence', integrity?.name ?? 'integrity.json.gz');
  const manifest = decodeManifest(await readFile(file));
  return verifyTree(await indexTree(tree, { signal }), manifest);
}

/** Unpacks the root file system for as long as the work takes. */
async function unpacked<T>(
  build: string,
  record: BuildRecord,
  { signal }: Context,
  work: (tree: string) => Promise<T>,
): Promise<T | []> {
  const rootfs = record.artifacts.find(({ kind }) => kind === 'rootfs');
  if (rootfs === undefined) return [];
  const archive = await fileOf(build, 'artifacts', rootfs.name);
  const tree = await mkdtemp(join(tmpdir(), 'imprint-verify-'));
  try {
    const how = ['--zstd', '--numeric-owner', '--same-permissions', '--xattrs', '--xattrs-include=*'];
    await runTool(['tar', '--extract', ...how, `--file=${archive}`, `--directory=${tree}`], { signal });
    return await work(tree);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
