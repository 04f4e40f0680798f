import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeAt, goodPassword } from '../../../test/support/test-browser.ts';
import { type TestDatabase, testDatabase } from '../../../test/support/test-database.ts';
import { testClock } from '../../../test/support/test-server.ts';
import { type Database, type OpenDatabase, serviceContext } from '../../platform/database/index.ts';
import { platformError } from '../../platform/errors.ts';
import { type Access, scopes } from '../../platform/http/access.ts';
import { randomIds } from '../../platform/ids.ts';
import type { Tables } from '../../server/tables.ts';
import { addPerson, disablePerson, resetFactors } from './people/actions.ts';
import { grantRole } from './people/grants.ts';
import { signInByCode, signInByPassword } from './sign-in/actions.ts';
import type { SignInContext } from './sign-in/context.ts';
import { acceptInvitation, confirmCodes } from './sign-in/invitation.ts';
import { insertAgencies } from './store.ts';

let own: TestDatabase;
let database: OpenDatabase<Tables>;
let context: SignInContext;
const clock = testClock(new Date('2026-11-23T08:00:00Z'));
const root = `01${'R'.repeat(24)}`;
const access: Access = {
  agencyPath: `/${root}/`,
  agencyId: root,
  actor: 'token:x',
  scopes: [...scopes],
};
const address = '192.0.2.1';

beforeAll(async () => {
  own = await testDatabase();
  database = own.open();
  context = { database, clock, ids: randomIds(clock), sealingKey: Buffer.alloc(32, 1) };
  const nation = {
    id: root,
    parent_id: null,
    path: access.agencyPath,
    kind: 'nation' as const,
    sector: null,
    name_en: 'Nation',
    name_zh: '国家',
    created_at: clock.now(),
    code: null,
  };
  await database.transaction(serviceContext('test'), (trx) => insertAgencies(trx, [nation]));
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

type Fault = 'lost' | 'kept but reported lost';

/** The context with a database whose next changing transaction goes wrong, once; attempts are counted as ever. */
function failing(fault: Fault, after: number): SignInContext {
  let left = after;
  const transaction: Database<Tables>['transaction'] = async (asker, work) => {
    if (asker.actor === 'service:rate-limit') return database.transaction(asker, work);
    left -= 1;
    if (left !== 0) return database.transaction(asker, work);
    await database.transaction(asker, async (trx) => {
      const result = await work(trx);
      if (fault === 'lost') throw platformError('DB_UNAVAILABLE');
      return result;
    });
    throw platformError('DB_UNAVAILABLE');
  };
  return { ...context, database: { transaction } };
}

const unavailable = { code: 'DB_UNAVAILABLE' };
const counts = () =>
  database.transaction(serviceContext('test'), async (trx) => {
    const count = async (
      table: 'organisation_person' | 'organisation_grant' | 'organisation_session' | 'assurance_entry',
    ) => Number((await trx.selectFrom(table).select(trx.fn.countAll().as('n')).executeTakeFirstOrThrow()).n);
    return {
      people: await count('organisation_person'),
      grants: await count('organisation_grant'),
      sessions: await count('organisation_session'),
      entries: await count('assurance_entry'),
    };
  });

let number = 0;
const wanted = () => {
  number += 1;
  return { agencyId: root, login: `fault.${number}`, name: 'x' };
};

async function signedUp() {
  const { person, invitation } = await addPerson(context, access, wanted(), false);
  await grantRole(context, access, person.id, { role: 'auditor', agencyId: root }, false);
  const { ticket, uri } = await acceptInvitation(context, { invitation, password: goodPassword, address });
  await confirmCodes(context, { ticket, code: codeAt(uri, clock.now()), address });
  clock.advance(1000);
  return { person, uri };
}

describe('a person', () => {
  it('whose adding was lost is not there, and can be added again', async () => {
    const before = await counts();
    const request = wanted();
    await expect(addPerson(failing('lost', 1), access, request, false)).rejects.toMatchObject(unavailable);
    expect(await counts()).toEqual(before);
    expect((await addPerson(context, access, request, false)).person.login).toBe(request.login);
  });

  it('who was kept but reported lost is there with one entry; asked again, that is told, and a new invitation can be had', async () => {
    const before = await counts();
    const request = wanted();
    const kept = failing('kept but reported lost', 1);
    await expect(addPerson(kept, access, request, false)).rejects.toMatchObject(unavailable);
    const after = { ...before, people: before.people + 1, entries: before.entries + 1 };
    expect(await counts()).toEqual(after);
    await expect(addPerson(context, access, request, false)).rejects.toMatchObject({
      code: 'ORGANISATION_LOGIN_TAKEN',
    });
    expect(await counts()).toEqual(after);
    const { id } = await database.transaction(serviceContext('test'), (trx) =>
      trx
        .selectFrom('organisation_person')
        .select('id')
        .where('login', '=', request.login)
        .executeTakeFirstOrThrow(),
    );
    const { invitation } = await resetFactors(context, access, id, false);
    const accepted = await acceptInvitation(context, { invitation, password: goodPassword, address });
    expect(accepted.codeRequired).toBe(true);
  });

  it.each(['lost', 'kept but reported lost'] as const)(
    'whose disabling was %s is disabled by asking again',
    async (fault) => {
      const { person } = await addPerson(context, access, wanted(), false);
      await expect(disablePerson(failing(fault, 1), access, person.id, false)).rejects.toMatchObject(
        unavailable,
      );
      expect((await disablePerson(context, access, person.id, false)).disabledAt).toBeDefined();
    },
  );
});

describe('a grant', () => {
  it.each([
    ['lost', 0],
    ['kept but reported lost', 1],
  ] as const)('that was %s is there once after asking again', async (fault, kept) => {
    const { person } = await addPerson(context, access, wanted(), false);
    const before = await counts();
    const grant = { role: 'regulator', agencyId: root } as const;
    await expect(grantRole(failing(fault, 1), access, person.id, grant, false)).rejects.toMatchObject(
      unavailable,
    );
    expect(await counts()).toEqual({
      ...before,
      grants: before.grants + kept,
      entries: before.entries + kept,
    });
    const again = await grantRole(context, access, person.id, grant, false).catch(
      (error: { code: string }) => error.code,
    );
    if (kept === 1) expect(again).toBe('ORGANISATION_GRANT_EXISTS');
    expect(await counts()).toEqual({ ...before, grants: before.grants + 1, entries: before.entries + 1 });
  });
});

describe('a session', () => {
  const half = async (login: string) => {
    const signedIn = await signInByPassword(context, { login, password: goodPassword, address });
    return signedIn.next === 'code' ? signedIn.ticket : '';
  };

  it('that was lost takes neither the ticket nor the code', async () => {
    const { person, uri } = await signedUp();
    const given = { ticket: await half(person.login), code: codeAt(uri, clock.now()), address };
    const before = await counts();
    await expect(signInByCode(failing('lost', 2), given)).rejects.toMatchObject(unavailable);
    expect(await counts()).toEqual(before);
    expect(await signInByCode(context, given)).toMatch(/^[\w-]{43}$/);
  });

  it('that was kept but reported lost has taken both, and nobody has its secret; the next code opens another', async () => {
    const { person, uri } = await signedUp();
    const given = { ticket: await half(person.login), code: codeAt(uri, clock.now()), address };
    const before = await counts();
    await expect(signInByCode(failing('kept but reported lost', 2), given)).rejects.toMatchObject(
      unavailable,
    );
    expect(await counts()).toEqual({ ...before, sessions: before.sessions + 1, entries: before.entries + 1 });
    await expect(signInByCode(context, given)).rejects.toMatchObject({ code: 'ORGANISATION_TICKET_INVALID' });
    const ticket = await half(person.login);
    await expect(signInByCode(context, { ...given, ticket })).rejects.toMatchObject({
      code: 'ORGANISATION_CODE_WRONG',
    });
    const next = { ticket, code: codeAt(uri, clock.now(), 1), address };
    expect(await signInByCode(context, next)).toMatch(/^[\w-]{43}$/);
  });
});
