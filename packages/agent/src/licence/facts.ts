import type { DeviceClass, HardwareFacts } from '@imprint/protocol';
import { isImprintError } from '@imprint/protocol';
import { type FactKind, factDigest } from '@imprint/trust';
import { credential, type Device } from '../device.ts';
import { readSettings } from '../settings.ts';

const classes: readonly string[] = [
  'desktop',
  'laptop',
  'thin-client',
  'server',
  'virtual',
] satisfies DeviceClass[];

function endorsementKey({ tpm, log }: Device): string | undefined {
  try {
    return tpm?.endorsementKey();
  } catch (error) {
    if (!isImprintError(error)) throw error;
    log(`the TPM's endorsement key was not read: ${error.message}`);
    return undefined;
  }
}

/** Digests of what identifies this machine; the values themselves never leave it. */
export function readFacts(device: Device): HardwareFacts {
  const { board, disk, cpu, memory } = device.platform.hardware();
  const values: Record<FactKind, string | undefined> = {
    tpm: endorsementKey(device),
    board,
    disk,
    cpu,
    memory,
  };
  const facts = (Object.entries(values) as [FactKind, string | undefined][]).flatMap(([kind, value]) =>
    value === undefined ? [] : [[kind, factDigest(kind, value)] as const],
  );
  return Object.fromEntries(facts);
}

/** The class whose seat this device takes: as its operator says, else as its enclosure does. */
export function readDeviceClass(device: Device): DeviceClass {
  const said = credential(device, 'imprint.device-class') ?? readSettings(device).deviceClass;
  return said !== undefined && classes.includes(said)
    ? (said as DeviceClass)
    : device.platform.hardware().deviceClass;
}
