import { relative } from 'node:path';
import type { IntegrityCounts } from '@imprint/protocol';
import { type Facts, need, type Reported } from './facts.ts';

/** What a run comes to, as data: for `--json`, and for the lines people read. */
export interface Summary {
  readonly edition: string;
  readonly version: string;
  readonly lockSha256: string;
  readonly packages: number;
  readonly directory: string;
  readonly artifacts: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  }[];
  readonly integrity: IntegrityCounts;
  readonly release: {
    readonly sha256: string;
    readonly channel: string;
    readonly sequence: number;
    readonly signedBy: readonly string[];
  };
  readonly served: { readonly url: string; readonly repository: string };
  readonly device?: Reported & { readonly accelerator: string; readonly console: string };
  readonly durationMs: number;
  /** Commands to try next. */
  readonly next: readonly string[];
}

/** Where things are; commands to try are given relative to the checkout. */
export interface Places {
  readonly root: string;
  readonly repository: string;
  readonly console: string;
  /** The state directory, when it is not the default one. */
  readonly home: string | undefined;
}

/** Sums up the facts of a finished run. */
export function summaryOf(facts: Facts, places: Places, durationMs: number): Summary {
  const { directory, record } = need(facts, 'built');
  const { sha256, channel, sequence, signedBy } = need(facts, 'published');
  const { device, accelerator = 'tcg' } = facts;
  return {
    edition: record.edition,
    version: record.version,
    lockSha256: record.lockSha256,
    packages: need(facts, 'packages'),
    directory,
    artifacts: record.artifacts.map(({ name, sizeBytes, digests }) => ({
      name,
      sizeBytes,
      sha256: digests.sha256,
    })),
    integrity: record.counts,
    release: { sha256, channel, sequence, signedBy },
    served: { url: need(facts, 'served').url, repository: places.repository },
    ...(device === undefined ? {} : { device: { ...device, accelerator, console: places.console } }),
    durationMs,
    next: nextCommands(need(facts, 'lockFile'), need(facts, 'candidate'), places),
  };
}

function nextCommands(lockFile: string, candidate: string, { root, home }: Places): string[] {
  const at = home === undefined ? '' : ` --home ${home}`;
  const lock = lockFile.startsWith(`${root}/`) ? relative(root, lockFile) : lockFile;
  return [
    `npm run imprint -- edition plan ${lock} --explain${at}`,
    `npm run imprint -- release show ${candidate}${at}`,
    `npm start -- --keep${at}`,
  ];
}
