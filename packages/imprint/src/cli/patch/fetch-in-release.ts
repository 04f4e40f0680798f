const largestBytes = 1024 * 1024;
const timeoutMs = 30_000;

/** Fetches a suite's `InRelease`, bounded; undefined when it cannot be had. */
export async function fetchInRelease(
  url: string,
  ring: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const address = `${url.replace(/\/+$/, '')}/dists/${encodeURIComponent(ring)}/InRelease`;
  try {
    const response = await fetch(address, {
      redirect: 'follow',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return undefined;
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > largestBytes) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
