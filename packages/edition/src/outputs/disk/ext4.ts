import type { DiskIdentities } from '../../plan/identities.ts';
import type { ToolContext } from '../press-context.ts';
import { type Extent, inodeCount } from './layout.ts';
import { honoursSourceDateEpoch, resetTimes } from './reset-times.ts';

/**
 * Writes the tree as ext4 straight into the disk at the partition's place. e2fsprogs from 1.47.1 on takes its times
 * from SOURCE_DATE_EPOCH; before that E2FSPROGS_FAKE_TIME covers the superblock and `resetTimes` the inodes.
 */
export async function writeExt4(
  context: ToolContext,
  fileName: string,
  identities: DiskIdentities,
  extent: Extent,
): Promise<void> {
  const { tools, tree, out, plan, entries } = context;
  const extended = [
    `offset=${extent.startBytes}`,
    `hash_seed=${identities.rootHashSeed}`,
    'root_owner=0:0',
    'lazy_itable_init=0',
    'lazy_journal_init=0',
    'nodiscard',
  ];
  const argv = ['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-I', '256', '-m', '1', '-J', 'size=16'];
  const named = ['-O', '^metadata_csum_seed', '-U', identities.rootFilesystemUuid, '-L', 'root'];
  const sized = ['-N', String(inodeCount(entries)), '-E', extended.join(','), '-d', tree];
  const env = { E2FSPROGS_FAKE_TIME: String(plan.sourceDateEpoch) };
  const target = [`${out}/${fileName}`, `${extent.sizeBytes / 1024}k`];
  await tools.run([...argv, ...named, ...sized, ...target], { env });
  const { stderr } = await tools.run(['mke2fs', '-V']);
  if (!honoursSourceDateEpoch(stderr))
    await resetTimes(tools, `${out}/${fileName}`, extent, entries, plan.sourceDateEpoch);
}
