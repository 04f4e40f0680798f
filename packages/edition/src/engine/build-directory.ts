import { join } from 'node:path';
import type { BuildProfile } from '../plan/model.ts';

/** Where a build is kept: by its lock and profile. */
export function buildDirectory(home: string, lockSha256: string, profile: BuildProfile): string {
  return join(home, 'builds', `${lockSha256.slice(0, 16)}-${profile}`);
}
