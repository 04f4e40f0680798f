import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { serviceContext } from '../../platform/database/index.ts';
import { writeDurably } from '../../platform/files.ts';
import { scopes } from '../../platform/http/access.ts';
import { addToken, authenticate, newToken, type OrganisationContext, recordAct } from './actions.ts';
import { scopesBeyond } from './rules.ts';
import { type AgencyRow, findRootAgency, insertAgencies, lockTree } from './store.ts';

/** Where a server leaves the token of the operator who owns its home, mode 0600. */
export function operatorTokenFile(home: string): string {
  return join(home, 'run', 'operator-token');
}

/**
 * Makes the root of the agency tree on first start, and sees that `run/operator-token` holds a token that counts and has
 * every scope there is. Who can read and write the home is the operator, so any other is replaced.
 */
export async function ensureOperatorToken(context: OrganisationContext, home: string): Promise<void> {
  const file = operatorTokenFile(home);
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '' && (await counts(context, kept.trim()))) return;
  const access = serviceContext('bootstrap');
  await context.database.transaction(access, async (trx) => {
    await lockTree(trx);
    const root = (await findRootAgency(trx)) ?? (await plantRoot());
    const { row, text } = newToken(context, root, { label: 'operator', scopes: [...scopes] }, null);
    // The file first: a token whose transaction fails is replaced at the next start, a lost secret could not be.
    await writeDurably(file, `${text}\n`, 0o600);
    await addToken(trx, context, access, row);

    async function plantRoot(): Promise<AgencyRow> {
      const id = context.ids.id();
      const agency: AgencyRow = {
        id,
        parent_id: null,
        path: `/${id}/`,
        kind: 'nation',
        sector: null,
        name_en: 'Nation',
        name_zh: '国家',
        created_at: context.clock.now(),
        code: null,
      };
      await insertAgencies(trx, [agency]);
      await recordAct(trx, context, access, 'organisation.add-agency', `agency:${id}`, agency.path);
      return agency;
    }
  });
}

async function counts(context: OrganisationContext, token: string): Promise<boolean> {
  try {
    const access = await authenticate(context, token);
    return scopesBeyond(scopes, access.scopes).length === 0;
  } catch (error) {
    if (isImprintError(error, 'ORGANISATION_TOKEN_INVALID')) return false;
    throw error;
  }
}
