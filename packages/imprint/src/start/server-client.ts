import { readFile } from 'node:fs/promises';
import type { Problem } from '@imprint/protocol';
import type { Reported } from './facts.ts';
import { errorOfProblem } from './problem-error.ts';

/** The server as its operator uses it: over HTTP, with the token it left in the home. */
export interface ServerClient {
  /** Devices that enrolled since an instant and have reported, each with its last report. */
  reportedSince(since: string): Promise<Reported[]>;
}

const timeoutMs = 10_000;
const pageSize = 200;

interface DeviceRow {
  readonly id: string;
  readonly enrolledAt: string;
  readonly lastSeenAt?: string;
}

/** @throws the server's problems under their own codes */
export function serverClient(url: string, tokenFile: string): ServerClient {
  const get = async (path: string): Promise<unknown> => {
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const headers = { authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(new URL(path, url), { headers, signal });
    const body: unknown = await response.json();
    if (!response.ok) throw errorOfProblem(body as Problem, 4);
    return body;
  };
  return {
    async reportedSince(since) {
      const devices: DeviceRow[] = [];
      for (let after = ''; ; ) {
        const page = (await get(`/v1/devices?limit=${pageSize}&after=${after}`)) as { devices: DeviceRow[] };
        devices.push(...page.devices);
        if (page.devices.length < pageSize) break;
        after = page.devices.at(-1)?.id ?? '';
      }
      const seen = devices.filter(
        ({ enrolledAt, lastSeenAt }) => enrolledAt >= since && lastSeenAt !== undefined,
      );
      return Promise.all(seen.map(async ({ id }) => (await get(`/v1/devices/${id}`)) as Reported));
    },
  };
}
