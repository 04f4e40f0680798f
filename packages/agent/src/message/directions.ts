import type { AntivirusDirective } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { readTarget, targetRecord } from '../patch/target.ts';
import { isRecord, loadReadable } from '../state/json.ts';
import { antivirusDirectiveRecord, inventoryWishRecord } from '../state/records.ts';

const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(value);

function readDirective(value: unknown): AntivirusDirective | undefined {
  if (!isRecord(value) || !isName(value.provider) || !isName(value.definitionsRing)) return undefined;
  return { provider: value.provider, definitionsRing: value.definitionsRing };
}

function keepTarget(device: Device, value: unknown): void {
  const target = readTarget(value);
  if (value !== undefined && target === undefined) device.log('the target of the answer is not readable');
  if (target === undefined) {
    targetRecord.clear(device.files);
    return;
  }
  const before = loadReadable(device.files, targetRecord);
  const receivedAt = device.now().toISOString();
  const isSame = before?.target.releaseSha256 === target.releaseSha256;
  targetRecord.save(device.files, { target, receivedAt: isSame ? before.receivedAt : receivedAt });
}

function keepAntivirus(device: Device, value: unknown): void {
  const directive = readDirective(value);
  if (directive === undefined) {
    if (value !== undefined) device.log('the antivirus directive of the answer is not readable');
    return;
  }
  const before = loadReadable(device.files, antivirusDirectiveRecord);
  const isSame =
    before?.provider === directive.provider && before.definitionsRing === directive.definitionsRing;
  if (!isSame) antivirusDirectiveRecord.save(device.files, directive);
}

function keepWish(device: Device, value: unknown): void {
  if (value !== true) inventoryWishRecord.clear(device.files);
  else if (loadReadable(device.files, inventoryWishRecord) === undefined)
    inventoryWishRecord.save(device.files, { wantedAt: device.now().toISOString() });
}

/**
 * Keeps what the answer to a check-in directs besides its time. Nothing of it is acted on here, and none of it gives a right: who
 * acts checks it against the approved release. An absent target ends one; an absent antivirus directive leaves the last.
 * @throws AGENT_STATE_UNWRITABLE, AGENT_STATE_CORRUPT
 */
export function keepDirections(device: Device, answer: Readonly<Record<string, unknown>>): void {
  keepTarget(device, answer.target);
  keepAntivirus(device, answer.antivirus);
  keepWish(device, answer.wantsInventory);
}
