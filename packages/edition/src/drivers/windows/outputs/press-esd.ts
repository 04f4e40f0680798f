import { join } from 'node:path';
import { pinGuid } from '../press/pin-image.ts';
import { reportFraction } from '../press/report-fraction.ts';
import { exportImage } from '../tools/wimlib.ts';
import { type OutputPresser, textOption } from './context.ts';

/** Compresses the image anew as one solid resource: about half the size, for minutes of all processors. */
export const pressEsd: OutputPresser = async ({ shop, wim, output, directory, stage }) => {
  const options = { solid: true, signal: shop.signal, onProgress: reportFraction(stage) };
  const to = join(directory, output.fileName);
  await exportImage(wim, 1, to, options);
  await pinGuid(to, textOption(output, 'guid'));
  return [to];
};
