import type { AntivirusProvider } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { loadReadable } from '../state/json.ts';
import { antivirusDirectiveRecord, releaseRecord } from '../state/records.ts';
import { clamavProvider } from './clamav.ts';
import type { Provider } from './contract.ts';
import type { Approval } from './plan.ts';
import { choiceRecord } from './records.ts';
import { scriptProvider } from './script.ts';

/** What an edition runs that says nothing of providers: the scanner of its image, approved with it. */
const imageScanner: AntivirusProvider = {
  name: 'clamav',
  title: { en: 'ClamAV', 'zh-CN': 'ClamAV' },
  supplier: 'Debian',
  adapter: 'clamav',
  approvedUntil: '9999-12-31T00:00:00Z',
  sendsOut: [],
};

/** Everyone this device knows of: who is allowed, and whom it may still have to put away. */
export interface Known {
  readonly records: ReadonlyMap<string, AntivirusProvider>;
  readonly allowed: ReadonlyMap<string, Approval>;
  readonly providers: ReadonlyMap<string, Provider>;
}

const adapters = { clamav: clamavProvider, script: scriptProvider } as const;

/** Reads who may protect this device from the newest release it verified, and who did from its own choice. */
export function knownProviders(device: Device): Known {
  const approved = releaseRecord.load(device.files)?.release?.antivirusProviders ?? [imageScanner];
  const choice = loadReadable(device.files, choiceRecord);
  const kept = [choice?.provider, choice?.previous].filter((one) => one !== undefined);
  const records = new Map([...kept, ...approved].map((one) => [one.name, one] as const));
  const allowed = approved.map(({ name, approvedUntil, installer }) => {
    const approval = { approvedUntilMs: Date.parse(approvedUntil), isInImage: installer === undefined };
    return [name, approval] as const;
  });
  const providers = [...records].map(([name, one]) => [name, adapters[one.adapter](device, one)] as const);
  return { records, allowed: new Map(allowed), providers: new Map(providers) };
}

/** The provider this device was told to run, and whose definitions it takes. */
export const directiveOf = (device: Device) => loadReadable(device.files, antivirusDirectiveRecord);
