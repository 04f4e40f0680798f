import { gunzipSync } from 'node:zlib';
import { packLimits } from '@imprint/protocol';
import { runTool } from '../tools/run-tool.ts';

function unpack(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: packLimits.gzipped });
  } catch {
    return undefined;
  }
}

/**
 * What two versions of a gzipped file hold, if a device can make the new one again: `gzip -9n` of it gives the same bytes.
 *
 * @throws TOOL_MISSING, TOOL_FAILED
 */
export async function unpackGzipped(before: Buffer, after: Buffer) {
  const [plainBefore, plainAfter] = [unpack(before), unpack(after)];
  if (plainBefore === undefined || plainAfter === undefined) return undefined;
  if (plainBefore.length === 0 || plainAfter.length === 0) return undefined;
  const again = await runTool(['gzip', '-9n'], { input: plainAfter });
  return again.stdout.equals(after) ? { before: plainBefore, after: plainAfter } : undefined;
}
