import { open } from 'node:fs/promises';
import Value from 'typebox/value';
import { platformError } from '../../../platform/errors.ts';
import type { Settings } from '../../../platform/settings.ts';
import { organisationError } from '../errors.ts';
import type { IssuerSettings } from './provider.ts';
import { ClaimTable, exclusiveRolesOf, nobodyByClaims } from './rules.ts';

/** Everything about signing in with an issuer that an operator sets. */
interface OidcSettings extends IssuerSettings {
  readonly table: ClaimTable;
}

type Given = Pick<Settings, 'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret' | 'oidcScopes' | 'oidcRoles'>;

/**
 * Reads the settings of an issuer and the files they name; undefined where none is set.
 * @throws SETTING_INVALID, ORGANISATION_OIDC_SECRET_UNREADABLE, ORGANISATION_OIDC_ROLES_INVALID,
 * ORGANISATION_OIDC_ROLE_EXCLUSIVE
 */
export async function readOidcSettings(given: Given): Promise<OidcSettings | undefined> {
  const { oidcIssuer: issuer, oidcClientId: clientId } = given;
  if (issuer === undefined) return undefined;
  if (clientId === undefined) {
    const expected = 'the client id that the issuer gave this server';
    throw platformError('SETTING_INVALID', { setting: 'IMPRINT_OIDC_CLIENT_ID', expected, got: 'nothing' });
  }
  const scopes = given.oidcScopes.split(/[\s,]+/).filter((scope) => scope !== '');
  return {
    issuer,
    clientId,
    clientSecret: await readSecret(given.oidcClientSecret),
    scopes: [...new Set(['openid', ...scopes])].join(' '),
    table: given.oidcRoles === undefined ? nobodyByClaims : await readTable(given.oidcRoles),
  };
}

async function readSecret(given: string | undefined): Promise<string | undefined> {
  if (given === undefined || !given.startsWith('@')) return given;
  const file = given.slice(1);
  const secret = (await readBounded(file))?.split('\n', 1)[0]?.trim();
  if (!secret) throw organisationError('ORGANISATION_OIDC_SECRET_UNREADABLE', { file });
  return secret;
}

async function readTable(file: string): Promise<ClaimTable> {
  const refuse = (problem: string) => organisationError('ORGANISATION_OIDC_ROLES_INVALID', { file, problem });
  const text = await readBounded(file);
  if (text === undefined) throw refuse('it cannot be read');
  let table: unknown;
  try {
    table = JSON.parse(text);
  } catch {
    throw refuse('it is not JSON');
  }
  if (!Value.Check(ClaimTable, table)) {
    const [first] = Value.Errors(ClaimTable, table);
    throw refuse(`${first?.instancePath || '/'} ${first?.message ?? ''}`.trim());
  }
  const [exclusive] = exclusiveRolesOf(table);
  if (exclusive !== undefined) {
    throw organisationError('ORGANISATION_OIDC_ROLE_EXCLUSIVE', { role: exclusive, file });
  }
  return table;
}

const maximumBytes = 262_144;

async function readBounded(file: string): Promise<string | undefined> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(maximumBytes), 0, maximumBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
