import Type, { type Static } from 'typebox';
import { Sha256 } from './common.ts';

/** Installed packages, each `name version architecture`, sorted by code units: the same set has the same digest everywhere. */
export const PackageInventory = Type.Object({
  packages: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 20_000 }),
});
export type PackageInventory = Static<typeof PackageInventory>;

/** Payload of a message that brings an inventory the server asked for; it is named by its digest, so a repeat changes nothing. */
export const InventoryMessage = Type.Object({
  protocol: Type.Integer(),
  deviceId: Type.String(),
  sha256: Sha256,
  /** The inventory's text, brotli, base64url: at most 16 MiB unpacked. */
  content: Type.String({ maxLength: 200_000 }),
});
export type InventoryMessage = Static<typeof InventoryMessage>;
