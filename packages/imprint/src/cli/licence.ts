import type { Localized } from '@imprint/protocol';
import type { Flag, Input } from './command.ts';
import { cliError } from './errors.ts';
import { listAll } from './server-api.ts';
import { nearestOf } from './suggest.ts';

/** What the commands read of an agency. */
export interface AgencyRow {
  readonly id: string;
  readonly parentId?: string;
  readonly path: string;
  readonly kind: string;
  readonly sector?: string;
  readonly code?: string;
  readonly name: Localized;
}

/** What the commands read of an agreement. */
export interface AgreementRow {
  readonly id: string;
  readonly agencyId: string;
  readonly number: string;
  readonly sector: string;
  readonly edition: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly documentSha256: string;
  readonly endedAt?: string;
}

/** Every agency the asker may see, in tree order, those beside each other by what people call them. */
export async function allAgencies(input: Input): Promise<AgencyRow[]> {
  const agencies = await listAll<AgencyRow>(input, '/v1/agencies', 'agencies', ({ path }) => path);
  const labels = new Map(agencies.map((agency) => [agency.id, agencyLabel(agency)]));
  const keys = new Map(
    agencies.map(({ id, path }) => [
      id,
      path
        .split('/')
        .map((part) => labels.get(part) ?? part)
        .join('/'),
    ]),
  );
  const keyOf = ({ id }: AgencyRow) => keys.get(id) ?? '';
  return agencies.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** How people know an agency: its code, or its id where it has none. */
export function agencyLabel({ code, id }: Pick<AgencyRow, 'code' | 'id'>): string {
  return code ?? id;
}

/** Labels of agencies by id. */
export async function agencyLabels(input: Input): Promise<(id: string) => string> {
  const labels = new Map((await allAgencies(input)).map((agency) => [agency.id, agencyLabel(agency)]));
  return (id) => labels.get(id) ?? id;
}

/** The id of the agency that an id or a code names. @throws CLI_AGENCY_UNKNOWN */
export async function agencyIdOf(input: Input, idOrCode: string): Promise<string> {
  const agencies = await allAgencies(input);
  const found = agencies.find(({ code }) => code === idOrCode) ?? agencies.find(({ id }) => id === idOrCode);
  if (found !== undefined) return found.id;
  const near = nearestOf(idOrCode, agencies.map(agencyLabel));
  throw cliError('CLI_AGENCY_UNKNOWN', { got: idOrCode, nearest: near });
}

/** Every agreement the asker may see. */
export function allAgreements(input: Input): Promise<AgreementRow[]> {
  return listAll<AgreementRow>(input, '/v1/agreements', 'agreements', ({ id }) => id);
}

/** The agreement of a number. @throws CLI_AGREEMENT_UNKNOWN */
export async function agreementOf(input: Input, number: string): Promise<AgreementRow> {
  const agreements = await allAgreements(input);
  const found = agreements.find((agreement) => agreement.number === number || agreement.id === number);
  if (found !== undefined) return found;
  const numbers = agreements.map((agreement) => agreement.number);
  throw cliError('CLI_AGREEMENT_UNKNOWN', { got: number, nearest: nearestOf(number, numbers) });
}

/** A flag that this use of the command needs. @throws CLI_FLAG_MISSING */
export function needed(input: Input, flag: Flag, command: string): string {
  const value = input.text(flag.name);
  if (value !== undefined) return value;
  throw cliError('CLI_FLAG_MISSING', { flag: flag.name, value: flag.value ?? '', command });
}

/** An instant from a day or an instant. @throws CLI_DAY */
export function dayOf(flag: string, text: string): string {
  const shape = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;
  const at = shape.test(text) ? new Date(text) : undefined;
  // A day that a month does not have would roll over.
  const isReal = at !== undefined && !Number.isNaN(at.getTime());
  if (!isReal || (text.length === 10 && at.toISOString().slice(0, 10) !== text)) {
    throw cliError('CLI_DAY', { flag, got: text });
  }
  return at.toISOString();
}

/** The day of an instant, as lists show it. */
export function day(instant: string): string {
  return instant.slice(0, 10);
}
