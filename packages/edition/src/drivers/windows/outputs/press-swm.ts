import { join } from 'node:path';
import { pinGuid } from '../press/pin-image.ts';
import { reportFraction } from '../press/report-fraction.ts';
import { splitWim } from '../tools/wimlib.ts';
import { numberOption, type OutputPresser, textOption } from './context.ts';

/** Splits the image for media that hold no larger files; all parts have the plan's GUID, by which they belong together. */
export const pressSwm: OutputPresser = async ({ shop, wim, output, directory, stage }) => {
  const options = { signal: shop.signal, onProgress: reportFraction(stage) };
  const first = join(directory, output.fileName);
  const parts = await splitWim(wim, first, numberOption(output, 'partSizeMiB'), options);
  for (const part of parts) await pinGuid(part, textOption(output, 'guid'));
  return parts;
};
