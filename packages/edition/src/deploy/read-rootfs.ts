import type { MemberVisitor } from '../evidence/reference/deb-archive.ts';
import { tarReader } from '../evidence/tar/read-tar.ts';
import { runTool } from '../tools/run-tool.ts';

/**
 * Streams a pressed root tree past a visitor, decompressed by zstd.
 *
 * @throws EVIDENCE_TAR_MALFORMED, TOOL_MISSING, TOOL_FAILED
 */
export async function visitRootfs(file: string, visit: MemberVisitor, signal?: AbortSignal): Promise<void> {
  let take: ReturnType<MemberVisitor>;
  let failure: { readonly error: unknown } | undefined;
  const reader = tarReader({
    member: (member) => {
      take = visit(member);
    },
    data: (chunk) => take?.(chunk),
    end: () => take?.(),
  });
  await runTool(['zstd', '-dc', '--', file], {
    signal,
    onStdout: (chunk) => {
      if (failure !== undefined) return;
      try {
        reader.push(chunk);
      } catch (error) {
        failure = { error };
      }
    },
  });
  if (failure !== undefined) throw failure.error;
  reader.end();
}
