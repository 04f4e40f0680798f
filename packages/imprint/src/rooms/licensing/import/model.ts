import type { DeviceClass, Sector } from '@imprint/protocol';
import type { ColumnName, ImportedKind } from './columns.ts';

/** One row as it was written: trimmed cells by column, and the line its record begins at. */
export interface CellRow {
  readonly line: number;
  readonly cells: Readonly<Record<ColumnName, string>>;
}

/** Seats a row gives its agency. */
export interface WantedSeats {
  readonly agreement: string;
  readonly deviceClass: DeviceClass;
  readonly floor: number;
  readonly ceiling: number;
}

/** One row, understood. */
export interface ImportRow {
  readonly line: number;
  readonly code: string;
  /** Code or id of the agency above; absent: the asker's own. */
  readonly parent?: string;
  readonly kind: ImportedKind;
  /** Absent: as its parent's. */
  readonly sector?: Sector;
  readonly nameEn: string;
  readonly nameZh: string;
  readonly seats?: WantedSeats;
  /** Something of it is wrong and left out: it says where the agency stands, and nothing is made of it. */
  readonly isPartial?: true;
}

/** An agency of the tree the asker may see. */
export interface KnownAgency {
  readonly id: string;
  readonly code?: string;
  readonly path: string;
  readonly parentId?: string;
  readonly kind: 'nation' | ImportedKind;
  readonly sector?: string;
  readonly nameEn: string;
  readonly nameZh: string;
}

/** An entitlement that seats may be taken from, by the number of its agreement. */
export interface KnownEntitlement {
  readonly id: string;
  readonly agreement: string;
  readonly deviceClass: DeviceClass;
  /** Path of the licensee. */
  readonly agencyPath: string;
}

/** A node of a seat tree that is there. */
export interface KnownAllocation {
  readonly entitlementId: string;
  readonly agencyId: string;
  readonly floor: number;
  readonly ceiling: number;
}

/** What is there before an import, as far as the asker may see it. */
export interface Known {
  /** The asker's own agency: where a row without a parent hangs. */
  readonly ownId: string;
  readonly agencies: readonly KnownAgency[];
  readonly entitlements: readonly KnownEntitlement[];
  readonly allocations: readonly KnownAllocation[];
  /** The entitlement meant where an agreement has several for a class. */
  readonly entitlementId?: string;
}

/** An agency: one that exists, by id, or one of the same file, by code. */
export type AgencyRef =
  | { readonly id: string; readonly code?: never }
  | { readonly code: string; readonly id?: never };

export interface PlannedAgency {
  readonly row: ImportRow;
  readonly parent: AgencyRef;
}

export interface PlannedSeats {
  readonly line: number;
  readonly agency: AgencyRef;
  readonly entitlementId: string;
  readonly change: 'new' | 'changed';
  readonly floor: number;
  readonly ceiling: number;
}

/** What an import does: agencies, parents first; then seats, in an order in which none waits for another. */
export interface ImportPlan {
  readonly agencies: readonly PlannedAgency[];
  readonly unchangedAgencies: number;
  readonly seats: readonly PlannedSeats[];
  readonly unchangedSeats: number;
}
