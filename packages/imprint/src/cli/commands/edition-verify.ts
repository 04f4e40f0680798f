import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeAnyManifest,
  type ImageFinding,
  indexTree,
  runTool,
  type TreeFinding,
  verifyTree,
  verifyWimBuild,
} from '@imprint/edition';
import type { AnyIntegrityManifest, BuildRecord, IntegrityManifest } from '@imprint/protocol';
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
    {
      en: 'Of a Windows build it lists the image, unpacks all its data once, and compares content, descriptors, attributes, names and links.',
      'zh-CN': '对于 Windows 构建，列出映像、完整解包一次数据，并比较内容、安全描述符、属性、名称与链接。',
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
    const manifest = await integrityOf(build, record);
    const findings = await findingsOf({ build, record, manifest, tree: input.text('tree'), context });
    const isRight = files.length === 0 && (findings?.length ?? 0) === 0;
    const { say } = context;
    return {
      data: { edition: record.edition, version: record.version, files, findings: findings ?? null },
      text: [
        isRight
          ? say({
              en: `${record.edition} ${record.version} is as it was built`,
              'zh-CN': `${record.edition} ${record.version} 与构建时一致`,
            })
          : say({
              en: `${files.length} files and ${findings?.length ?? 0} paths differ`,
              'zh-CN': `${files.length} 个文件、${findings?.length ?? 0} 个路径不符`,
            }),
        ...files.map((name) => `  ${name}`),
        ...(findings === undefined
          ? [
              say({
                en: 'paths: unknown, no image here to look into',
                'zh-CN': '路径：未知，此处没有可查看的映像',
              }),
            ]
          : []),
        ...(findings ?? [])
          .slice(0, listedFindings)
          .map(({ path, facets }) => `  ${path}  ${facets.join(', ')}`),
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

async function integrityOf(build: string, record: BuildRecord): Promise<AnyIntegrityManifest> {
  const integrity = record.evidence.find(({ kind }) => kind === 'integrity');
  const file = await fileOf(build, 'evidence', integrity?.name ?? 'integrity.json.gz');
  return decodeAnyManifest(await readFile(file));
}

interface Looked {
  readonly build: string;
  readonly record: BuildRecord;
  readonly manifest: AnyIntegrityManifest;
  readonly tree: string | undefined;
  readonly context: Context;
}

/** Every path that is not what the manifest says; undefined where there is no image to look into. */
async function findingsOf(looked: Looked): Promise<readonly (TreeFinding | ImageFinding)[] | undefined> {
  const { build, record, manifest, tree, context } = looked;
  if (manifest.schema === 'imprint/integrity-wim/v1') {
    const image = await imageOf(build, record);
    return image === undefined ? undefined : verifyWimBuild({ image, manifest, signal: context.signal });
  }
  const look = (root: string) => findingsIn(root, manifest, context);
  return tree === undefined ? unpacked(build, record, context, look) : look(context.path(tree));
}

/** The edition's image: the WIM as it is, else the first file of another form with all that belong to it. */
async function imageOf(build: string, { artifacts }: BuildRecord) {
  for (const kind of ['wim', 'swm', 'esd']) {
    const named = artifacts.filter((artifact) => artifact.kind === kind);
    const parts = await Promise.all(named.map(({ name }) => fileOf(build, 'artifacts', name)));
    const [file] = parts;
    if (file !== undefined) return { file, index: 1, parts };
  }
  return undefined;
}

async function findingsIn(
  tree: string,
  manifest: IntegrityManifest,
  { signal }: Context,
): Promise<TreeFinding[]> {
  return verifyTree(await indexTree(tree, { signal }), manifest);
}

/** Unpacks the root file system for as long as the work takes. */
async function unpacked<T>(
  build: string,
  record: BuildRecord,
  { signal }: Context,
  work: (tree: string) => Promise<T>,
): Promise<T | undefined> {
  const rootfs = record.artifacts.find(({ kind }) => kind === 'rootfs');
  if (rootfs === undefined) return undefined;
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
