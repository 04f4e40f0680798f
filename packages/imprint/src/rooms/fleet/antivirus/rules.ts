import type { AntivirusDirective, AntivirusProvider, DeviceClass } from '@imprint/protocol';

/** What an agency has chosen for its devices and those below it. */
export interface Selection {
  readonly agencyPath: string;
  /** Undefined: devices of every class. */
  readonly deviceClass: DeviceClass | undefined;
  readonly provider: string | undefined;
  readonly definitionsRing: string | undefined;
  /** Providers that agencies below may choose among; undefined: any that the release lists. */
  readonly allowed: readonly string[] | undefined;
  /** Agencies below choose no provider. */
  readonly isFixed: boolean;
}

/** The ring of definitions where no agency has named one. */
export const usualRing = 'stable';

/** What counts at one level: a choice for the device's class before one for all, in each respect. */
type Level = Pick<Selection, 'agencyPath' | 'provider' | 'definitionsRing' | 'allowed' | 'isFixed'>;

function levelsOf(
  selections: readonly Selection[],
  agencyPath: string,
  deviceClass: DeviceClass | undefined,
): Level[] {
  const levels = new Map<string, Level>();
  const counting = selections
    .filter(
      (one) =>
        agencyPath.startsWith(one.agencyPath) &&
        (one.deviceClass === undefined || one.deviceClass === deviceClass),
    )
    .toSorted(
      (a, b) =>
        a.agencyPath.length - b.agencyPath.length ||
        Number(a.deviceClass !== undefined) - Number(b.deviceClass !== undefined),
    );
  for (const one of counting) {
    const before = levels.get(one.agencyPath);
    levels.set(one.agencyPath, {
      agencyPath: one.agencyPath,
      provider: one.provider ?? before?.provider,
      definitionsRing: one.definitionsRing ?? before?.definitionsRing,
      allowed: one.allowed ?? before?.allowed,
      isFixed: one.isFixed || before?.isFixed === true,
    });
  }
  return [...levels.values()];
}

/** What agencies above leave open. */
interface Limits {
  readonly allowed: ReadonlySet<string> | undefined;
  /** The agency that chooses for all below it. */
  readonly fixedBy: string | undefined;
}

const isAllowed = ({ allowed }: Limits, provider: string) => allowed === undefined || allowed.has(provider);

function below(limits: Limits, { agencyPath, allowed, isFixed }: Level): Limits {
  const narrowed =
    allowed === undefined
      ? limits.allowed
      : new Set(allowed.filter((provider) => isAllowed(limits, provider)));
  return {
    allowed: narrowed,
    fixedBy: limits.fixedBy ?? (isFixed ? agencyPath : undefined),
  };
}

/** A directive, and the agency that chose its provider. */
export interface Resolved extends AntivirusDirective {
  readonly chosenBy: string;
}

/**
 * What a device is to run: the choice nearest to it that every agency above allows and that its release lists. Undefined where
 * nobody has chosen, or nobody something its release lists: then its image decides.
 */
export function resolve(
  selections: readonly Selection[],
  device: { readonly agencyPath: string; readonly deviceClass: DeviceClass | undefined },
  providers: readonly Pick<AntivirusProvider, 'name'>[],
): Resolved | undefined {
  let limits: Limits = { allowed: undefined, fixedBy: undefined };
  let chosen: { provider: string; chosenBy: string } | undefined;
  let definitionsRing = usualRing;
  for (const level of levelsOf(selections, device.agencyPath, device.deviceClass)) {
    const { provider } = level;
    const counts =
      provider !== undefined &&
      limits.fixedBy === undefined &&
      isAllowed(limits, provider) &&
      providers.some(({ name }) => name === provider);
    if (counts) chosen = { provider, chosenBy: level.agencyPath };
    definitionsRing = level.definitionsRing ?? definitionsRing;
    limits = below(limits, level);
  }
  return chosen === undefined ? undefined : { ...chosen, definitionsRing };
}

/** One provider as the current release of a channel lists it. */
export interface Listed {
  readonly edition: string;
  readonly channel: string;
  readonly version: string;
  readonly provider: AntivirusProvider;
}

/** Days before its end from which an approval is said to expire. */
export const warningDays = 60;

/** How an approval stands, and how many whole days it has left; below 0: it has ended. */
export function approvalOf(
  { approvedUntil }: Pick<AntivirusProvider, 'approvedUntil'>,
  now: Date,
): { state: 'approved' | 'expiring' | 'expired'; daysLeft: number } {
  const daysLeft = Math.floor((Date.parse(approvedUntil) - now.getTime()) / 86_400_000);
  return { state: daysLeft < 0 ? 'expired' : daysLeft < warningDays ? 'expiring' : 'approved', daysLeft };
}

/** Why a selection is refused. */
export type SelectionRefusal =
  | { readonly why: 'unknown'; readonly provider: string }
  | { readonly why: 'expired'; readonly provider: string; readonly approvedUntil: string }
  | { readonly why: 'fixed'; readonly provider: string; readonly by: string }
  | { readonly why: 'not-allowed'; readonly provider: string };

/**
 * Everything that speaks against a selection. What an approval's end forbids is a new choice: one that stood before may be said
 * again.
 */
export function refusalsOf(
  wanted: Selection,
  before: Pick<Selection, 'provider'> | undefined,
  selections: readonly Selection[],
  listed: readonly Listed[],
  now: Date,
): SelectionRefusal[] {
  const above = selections.filter(
    ({ agencyPath }) => agencyPath !== wanted.agencyPath && wanted.agencyPath.startsWith(agencyPath),
  );
  const limits = levelsOf(above, wanted.agencyPath, wanted.deviceClass).reduce(below, {
    allowed: undefined,
    fixedBy: undefined,
  });
  const { provider } = wanted;
  const named = [...new Set([...(provider === undefined ? [] : [provider]), ...(wanted.allowed ?? [])])];
  const refusals = named.flatMap((name): SelectionRefusal[] => {
    if (!listed.some((one) => one.provider.name === name)) return [{ why: 'unknown', provider: name }];
    return isAllowed(limits, name) ? [] : [{ why: 'not-allowed', provider: name }];
  });
  if (provider === undefined) return refusals;
  if (limits.fixedBy !== undefined) refusals.push({ why: 'fixed', provider, by: limits.fixedBy });
  const ends = listed
    .filter((one) => one.provider.name === provider)
    .map((one) => one.provider.approvedUntil);
  const latest = ends.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
  if (latest !== undefined && Date.parse(latest) <= now.getTime() && before?.provider !== provider) {
    refusals.push({ why: 'expired', provider, approvedUntil: latest });
  }
  return refusals;
}
