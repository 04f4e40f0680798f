import type { Clock } from '../../../platform/clock.ts';
import type { Settings } from '../../../platform/settings.ts';
import type { OidcContext } from './actions.ts';
import { openProvider } from './provider.ts';
import { readOidcSettings } from './settings.ts';

/**
 * Reads the settings of the issuer people may sign in with, and opens its client; undefined where none is set. The issuer is
 * not asked yet.
 * @throws ORGANISATION_OIDC_ISSUER_INVALID and the codes of `readOidcSettings`
 */
export async function openOidc(settings: Settings, clock: Clock): Promise<OidcContext['oidc']> {
  const read = await readOidcSettings(settings);
  return read === undefined ? undefined : { provider: openProvider(read, clock), table: read.table };
}
