import type { ImprintError } from '@imprint/protocol';
import { deploymentError } from './errors.ts';
import type { ListedMachine } from './sheet.ts';
import type { DeploymentTokenRow, PreregistrationRow } from './tables.ts';

/** A deployment token as devices bring it: its id and its secret. */
export function parseDeploymentToken(text: string): { id: string; secret: string } | undefined {
  const match = /^dep_([0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/.exec(text);
  return match === null ? undefined : { id: match[1] as string, secret: match[2] as string };
}

/** Where a device that brings a token belongs: its listed agency, or the token's, held. */
export interface Place {
  readonly agencyPath: string;
  readonly listed: PreregistrationRow | undefined;
  readonly isHeld: boolean;
}

/**
 * Places a device by the list. A list counts only at or below the token's own agency: a token is no key to another's.
 * @throws FLEET_DEPLOYMENT_SERIAL_UNKNOWN, FLEET_DEPLOYMENT_SERIAL_TAKEN
 */
export function placeDevice(
  token: DeploymentTokenRow,
  found: PreregistrationRow | undefined,
  deviceId: string,
): Place {
  const listed = found?.agency_path.startsWith(token.agency_path) === true ? found : undefined;
  if (listed === undefined) {
    if (token.unknown_serials === 'refuse') throw deploymentError('FLEET_DEPLOYMENT_SERIAL_UNKNOWN');
    return { agencyPath: token.agency_path, listed: undefined, isHeld: true };
  }
  if (listed.device_id !== null && listed.device_id !== deviceId)
    throw deploymentError('FLEET_DEPLOYMENT_SERIAL_TAKEN');
  return { agencyPath: listed.agency_path, listed, isHeld: false };
}

export interface ListPlan {
  readonly added: readonly (ListedMachine & { readonly agencyPath: string })[];
  readonly changed: readonly PreregistrationRow[];
  readonly unchanged: number;
  readonly wrong: readonly ImprintError[];
}

/** What a list changes against what is known; every row that cannot be is in `wrong`. `below` is the asker's own path. */
export function planList(
  machines: readonly ListedMachine[],
  agencies: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, PreregistrationRow>,
  { below, again }: { readonly below: string; readonly again: boolean },
): ListPlan {
  const added: (ListedMachine & { agencyPath: string })[] = [];
  const changed: PreregistrationRow[] = [];
  const wrong: ImprintError[] = [];
  let unchanged = 0;
  for (const machine of machines) {
    const place = { place: { line: machine.line } };
    const agencyPath = agencies.get(machine.agency);
    const before = known.get(machine.serialSha256);
    if (agencyPath === undefined) {
      wrong.push(deploymentError('FLEET_LIST_AGENCY', { got: machine.agency.slice(0, 64) }, place));
    } else if (before === undefined) added.push({ ...machine, agencyPath });
    else {
      const row = nextRow(before, machine, agencyPath, again);
      const isOthers = !before.agency_path.startsWith(below);
      const isMoved = before.device_id !== null && !again && row.agency_path !== before.agency_path;
      if (isOthers || isMoved) wrong.push(deploymentError('FLEET_LIST_TAKEN', {}, place));
      else if (JSON.stringify(row) === JSON.stringify(before)) unchanged += 1;
      else changed.push(row);
    }
  }
  return { added, changed, unchanged, wrong };
}

function nextRow(
  before: PreregistrationRow,
  { assetTag, deviceClass }: ListedMachine,
  agencyPath: string,
  again: boolean,
): PreregistrationRow {
  return {
    ...before,
    agency_path: agencyPath,
    asset_tag: assetTag,
    device_class: deviceClass ?? null,
    ...(again ? { device_id: null, enrolled_at: null } : {}),
  };
}
