import type { Input } from './command.ts';
import { cliError } from './errors.ts';
import { listAll } from './server-api.ts';
import { nearestOf } from './suggest.ts';

/** What the commands read of a person. */
export interface PersonRow {
  readonly id: string;
  readonly agencyId: string;
  readonly login: string;
  readonly name: string;
  readonly disabledAt?: string;
  readonly invitedUntil?: string;
  readonly grants: readonly { readonly id: string; readonly role: string; readonly agencyId: string }[];
}

/** Roles a person may hold. */
export const roleNames = [
  'platform-administrator',
  'security-administrator',
  'auditor',
  'release-engineer',
  'regulator',
  'licensing-officer',
  'agency-administrator',
  'support-agent',
  'employee',
] as const;

/** Every person the asker may see. */
export function allPeople(input: Input): Promise<PersonRow[]> {
  return listAll<PersonRow>(input, '/v1/people', 'people', ({ id }) => id);
}

/** The person of a login, which is compared without case. @throws CLI_PERSON_UNKNOWN */
export async function personOf(input: Input, login: string): Promise<PersonRow> {
  const people = await allPeople(input);
  const found = people.find((person) => person.login === login.toLowerCase());
  if (found !== undefined) return found;
  const logins = people.map((person) => person.login);
  throw cliError('CLI_PERSON_UNKNOWN', { got: login, nearest: nearestOf(login, logins) });
}
