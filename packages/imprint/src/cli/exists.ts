import { stat } from 'node:fs/promises';

/** True when something stands at the path. */
export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
