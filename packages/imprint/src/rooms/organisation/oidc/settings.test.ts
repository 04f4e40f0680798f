import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../../platform/settings.ts';
import { readOidcSettings } from './settings.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-oidc-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const basic = { IMPRINT_OIDC_ISSUER: 'https://id.example.org', IMPRINT_OIDC_CLIENT_ID: 'imprint' };
const read = (more: Record<string, string> = {}) => readOidcSettings(readSettings({ ...basic, ...more }));

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

const table = { roleClaim: 'groups', roles: { staff: 'employee' }, agencyClaim: 'agency', admit: 'mapped' };

describe('the settings of an issuer', () => {
  it('are none where no issuer is set', async () => {
    expect(await readOidcSettings(readSettings({}))).toBeUndefined();
  });

  it('admit nobody by claims unless a table says so', async () => {
    expect(await read()).toMatchObject({
      issuer: 'https://id.example.org',
      clientSecret: undefined,
      scopes: 'openid profile',
      table: { roles: {}, admit: 'linked' },
    });
  });

  it('take the secret from a file, and scopes without losing openid', async () => {
    const secret = await file('secret', 's3cret\nmore\n');
    expect(
      await read({ IMPRINT_OIDC_CLIENT_SECRET: `@${secret}`, IMPRINT_OIDC_SCOPES: 'groups' }),
    ).toMatchObject({
      clientSecret: 's3cret',
      scopes: 'openid groups',
    });
    await expect(read({ IMPRINT_OIDC_CLIENT_SECRET: `@${directory}/none` })).rejects.toMatchObject({
      code: 'ORGANISATION_OIDC_SECRET_UNREADABLE',
    });
  });

  it('need a client id', async () => {
    await expect(read({ IMPRINT_OIDC_CLIENT_ID: '' })).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  });

  it('read a table of claims and roles', async () => {
    const roles = await file('roles.json', JSON.stringify(table));
    expect((await read({ IMPRINT_OIDC_ROLES: roles }))?.table).toEqual(table);
  });

  it.each([
    ['no JSON', '{', 'ORGANISATION_OIDC_ROLES_INVALID'],
    ['no table', '[]', 'ORGANISATION_OIDC_ROLES_INVALID'],
    ['a role nobody knows', { ...table, roles: { staff: 'king' } }, 'ORGANISATION_OIDC_ROLES_INVALID'],
    ['a misspelt key', { ...table, secondfactor: {} }, 'ORGANISATION_OIDC_ROLES_INVALID'],
    ['an admission nobody knows', { ...table, admit: 'everybody' }, 'ORGANISATION_OIDC_ROLES_INVALID'],
    ['an auditor by claims', { ...table, roles: { audit: 'auditor' } }, 'ORGANISATION_OIDC_ROLE_EXCLUSIVE'],
  ])('refuse %s', async (name, content, code) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const roles = await file(`${name.replaceAll(' ', '-')}.json`, text);
    await expect(read({ IMPRINT_OIDC_ROLES: roles })).rejects.toMatchObject({ code });
  });

  it('refuse a table that is not there', async () => {
    await expect(read({ IMPRINT_OIDC_ROLES: join(directory, 'none.json') })).rejects.toMatchObject({
      code: 'ORGANISATION_OIDC_ROLES_INVALID',
    });
  });
});
