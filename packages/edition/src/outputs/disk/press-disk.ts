import { open, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskIdentities } from '../../plan/identities.ts';
import type { PlannedOutput } from '../../plan/model.ts';
import type { Presser, ToolContext } from '../press-context.ts';
import { biosBoot } from './bios-boot.ts';
import { earlyConfig, grubConfig } from './boot-config.ts';
import { espFiles } from './esp.ts';
import { writeExt4 } from './ext4.ts';
import { fat32Volume } from './fat32.ts';
import { guidPartitionTable, partitionTypes } from './gpt.ts';
import { type DiskLayout, diskLayout, rootSizeBytes, sectorBytes } from './layout.ts';

type Piece = readonly [at: number, bytes: Buffer];

async function pieces(context: ToolContext, output: PlannedOutput, layout: DiskLayout): Promise<Piece[]> {
  const ids = output.options as unknown as DiskIdentities & { readonly consoles: readonly string[] };
  const { plan, tools } = context;
  const wishes = {
    title: `${plan.edition} ${plan.version}`,
    rootFilesystemUuid: ids.rootFilesystemUuid,
    espSerial: ids.espSerial,
    consoles: ids.consoles,
  };
  const { biosBoot: bios, esp: system, rootX8664 } = partitionTypes;
  const table = guidPartitionTable(ids.diskUuid, layout.sizeBytes, [
    { type: bios, uuid: ids.biosPartitionUuid, name: 'bios', extent: layout.bios },
    { type: system, uuid: ids.espPartitionUuid, name: 'esp', extent: layout.esp },
    { type: rootX8664, uuid: ids.rootPartitionUuid, name: 'root', extent: layout.root },
  ]);
  const { bootCode, core } = await biosBoot(context, earlyConfig(wishes), layout.bios);
  const volume = fat32Volume(await espFiles(tools, grubConfig(wishes)), {
    sizeBytes: layout.esp.sizeBytes,
    hiddenSectors: layout.esp.startBytes / sectorBytes,
    serial: ids.espSerial,
    label: 'ESP',
    epoch: plan.sourceDateEpoch,
  });
  return [
    [0, table.head],
    [0, bootCode],
    [layout.bios.startBytes, core],
    [layout.esp.startBytes, volume],
    [layout.sizeBytes - table.tail.length, table.tail],
  ];
}

/** Presses a disk that starts on BIOS and on UEFI firmware: GPT with boot core, ESP and the root last. */
export const pressDisk: Presser<ToolContext> = async (context, output) => {
  const ids = output.options as unknown as DiskIdentities;
  const layout = diskLayout(rootSizeBytes(context.entries));
  const path = join(context.directory, output.fileName);
  await writeFile(path, '');
  await truncate(path, layout.sizeBytes);
  await writeExt4(context, output.fileName, ids, layout.root);
  const disk = await open(path, 'r+');
  try {
    for (const [at, bytes] of await pieces(context, output, layout))
      await disk.write(bytes, 0, bytes.length, at);
  } finally {
    await disk.close();
  }
  for (const name of ['early.cfg', 'core.img']) await rm(join(context.directory, name), { force: true });
};
