import { patchWimGuid } from '../formats/wim/patch-guid.ts';
import { setImageProperties } from '../tools/wimlib.ts';

const filetimeOfEpochSeconds = 11_644_473_600n;

/** Sets when the image was last modified, which wimlib takes from the clock; its creation stays the vendor's. Source: [MS-DTYP] §2.3.3. */
export async function pinModificationTime(
  wim: string,
  epochSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const filetime = (BigInt(epochSeconds) + filetimeOfEpochSeconds) * 10_000_000n;
  const part = (bits: bigint) => `0x${bits.toString(16).toUpperCase().padStart(8, '0')}`;
  const properties = {
    'LASTMODIFICATIONTIME/HIGHPART': part(filetime >> 32n),
    'LASTMODIFICATIONTIME/LOWPART': part(filetime & 0xffffffffn),
  };
  await setImageProperties(wim, 1, properties, { signal });
}

/** Gives a WIM the GUID that the plan names, in the header's little-endian form. Source: [MS-DTYP] §2.3.4. */
export async function pinGuid(wim: string, uuid: string): Promise<void> {
  const hex = uuid.replaceAll('-', '');
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  await patchWimGuid(wim, order.map((at) => hex.slice(at * 2, at * 2 + 2)).join(''));
}
