import type { AntivirusDirective, AntivirusProvider, DeviceReport } from '@imprint/protocol';
import type { QueryExecutorProvider } from 'kysely';
import { resolve, type Selection } from './rules.ts';
import { allSelections, currentReleases, type DirectedRow, directedDevices, providersOf } from './store.ts';
import type { SelectionRow } from './tables.ts';

/** Tells devices which provider to run. */
export interface Director {
  /**
   * What the devices of a batch are to run; those that nobody chose for are absent. Reads the choices where their revision is
   * another than at the last.
   */
  direct(
    trx: QueryExecutorProvider,
    heard: readonly {
      readonly deviceId: string;
      readonly report: Pick<DeviceReport, 'deviceClass'>;
      readonly at: Date;
    }[],
    revision: number,
  ): Promise<Map<string, AntivirusDirective>>;
}

export const selectionOf = (row: SelectionRow): Selection => ({
  agencyPath: row.agency_path,
  deviceClass: row.device_class === '' ? undefined : row.device_class,
  provider: row.provider ?? undefined,
  definitionsRing: row.definitions_ring ?? undefined,
  allowed: row.allowed ?? undefined,
  isFixed: row.is_fixed,
});

export function openDirector(): Director {
  let known = 0;
  let selections: readonly Selection[] = [];
  /** By release; one without a list too, so that it is not asked for again. */
  const lists = new Map<string, readonly AntivirusProvider[]>();
  const directed = new Map<string, AntivirusDirective | undefined>();

  async function read(trx: QueryExecutorProvider, revision: number): Promise<void> {
    if (revision === known) return;
    selections = (await allSelections(trx)).map(selectionOf);
    directed.clear();
    known = revision;
  }

  async function listsNow(trx: QueryExecutorProvider, at: Date): Promise<Map<string, string>> {
    const current = await currentReleases(trx, at);
    const unread = current.map(({ sha256 }) => sha256).filter((sha256) => !lists.has(sha256));
    if (unread.length > 0) {
      const read = await providersOf(trx, unread);
      for (const sha256 of unread) lists.set(sha256, read.get(sha256) ?? []);
    }
    const listing = current.filter(({ sha256 }) => (lists.get(sha256) ?? []).length > 0);
    return new Map(listing.map(({ edition, channel, sha256 }) => [`${edition}/${channel}`, sha256]));
  }

  function directiveFor(
    { agency_path: agencyPath }: DirectedRow,
    deviceClass: DeviceReport['deviceClass'],
    release: string,
  ): AntivirusDirective | undefined {
    const key = `${release} ${agencyPath} ${deviceClass ?? ''}`;
    if (!directed.has(key)) {
      const resolved = resolve(selections, { agencyPath, deviceClass }, lists.get(release) ?? []);
      const { provider = '', definitionsRing = '' } = resolved ?? {};
      directed.set(key, resolved === undefined ? undefined : { provider, definitionsRing });
    }
    return directed.get(key);
  }

  return {
    direct: async (trx, heard, revision) => {
      const directives = new Map<string, AntivirusDirective>();
      const [first] = heard;
      if (first === undefined) return directives;
      await read(trx, revision);
      if (selections.length === 0) return directives;
      const releases = await listsNow(trx, first.at);
      if (releases.size === 0) return directives;
      const classes = new Map(heard.map(({ deviceId, report }) => [deviceId, report.deviceClass]));
      for (const device of await directedDevices(trx, [...classes.keys()])) {
        const release = releases.get(`${device.edition}/${device.channel}`);
        const directive =
          release === undefined ? undefined : directiveFor(device, classes.get(device.id), release);
        if (directive !== undefined) directives.set(device.id, directive);
      }
      return directives;
    },
  };
}
