import { runTool } from '../../tools/run-tool.ts';
import { type TarMember, tarReader } from './read-tar.ts';

/** Receives a member; the function it returns takes the member's bytes and, without argument, their end. */
export type MemberVisitor = (member: TarMember) => ((chunk?: Uint8Array) => void) | undefined;

/** Streams the tar that a tool writes to its standard output past a visitor. */
async function visitTarOf(
  command: readonly string[],
  visit: MemberVisitor,
  signal?: AbortSignal,
): Promise<void> {
  let take: ReturnType<MemberVisitor>;
  let failure: { readonly error: unknown } | undefined;
  const reader = tarReader({
    member: (member) => {
      take = visit(member);
    },
    data: (chunk) => take?.(chunk),
    end: () => take?.(),
  });
  const push = (chunk: Uint8Array) => {
    // A throw inside a stream's listener would end the process; the first one is kept until the tool has ended.
    if (failure !== undefined) return;
    try {
      reader.push(chunk);
    } catch (error) {
      failure = { error };
    }
  };
  await runTool(command, { onStdout: push, signal });
  if (failure !== undefined) throw failure.error;
  reader.end();
}

/**
 * Streams one of a package's two archives past a visitor, decompressed by dpkg-deb.
 *
 * @throws EVIDENCE_TAR_MALFORMED, TOOL_MISSING, TOOL_FAILED
 */
export function visitDeb(
  file: string,
  archive: 'data' | 'control',
  visit: MemberVisitor,
  signal?: AbortSignal,
): Promise<void> {
  const option = archive === 'data' ? '--fsys-tarfile' : '--ctrl-tarfile';
  return visitTarOf(['dpkg-deb', option, file], visit, signal);
}

/**
 * Streams a pressed root tree past a visitor, decompressed by zstd.
 *
 * @throws EVIDENCE_TAR_MALFORMED, TOOL_MISSING, TOOL_FAILED
 */
export function visitPressedTree(file: string, visit: MemberVisitor, signal?: AbortSignal): Promise<void> {
  return visitTarOf(['zstd', '--decompress', '--stdout', '--quiet', '--', file], visit, signal);
}

/** Collects a member's bytes up to a limit and hands them over at the end; a larger member is left out. */
export function collect(limitBytes: number, done: (content: Buffer) => void): (chunk?: Uint8Array) => void {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  return (chunk) => {
    if (chunk === undefined) {
      if (sizeBytes <= limitBytes) done(Buffer.concat(chunks));
      return;
    }
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(Uint8Array.from(chunk));
  };
}
