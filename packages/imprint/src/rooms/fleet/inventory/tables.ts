export interface InventoryTables {
  fleet_package: { id: number; name: string; version: string; architecture: string };
  fleet_inventory: { sha256: string; packages: number[]; stored_at: Date };
  fleet_device_inventory: { device_id: string; agency_path: string; sha256: string; since: Date };
  fleet_inventory_count: { sha256: string; agency_path: string; devices: number };
}
