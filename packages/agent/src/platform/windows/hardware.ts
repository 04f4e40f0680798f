import { classOfChassis, gibibytes, isVirtualMachine, joinNumbers } from '../machine.ts';
import type { Hardware } from '../model.ts';

/**
 * Asks CIM for what names a machine's parts: the registry has no serial numbers. Only the disk that Windows starts from, and
 * only where it is fixed. Source: the CIM classes of the same names.
 */
export const hardwareQuery = `$board = Get-CimInstance Win32_BaseBoard | Select-Object -First 1
  $product = Get-CimInstance Win32_ComputerSystemProduct | Select-Object -First 1
  $system = Get-CimInstance Win32_ComputerSystem | Select-Object -First 1
  $chassis = Get-CimInstance Win32_SystemEnclosure | Select-Object -First 1
  $cpus = @(Get-CimInstance Win32_Processor)
  $letter = $env:SystemDrive.Substring(0, 1)
  $disk = Get-Partition -DriveLetter $letter -ErrorAction SilentlyContinue | Get-Disk -ErrorAction SilentlyContinue
  $fixed = @($disk | Where-Object { $_.BusType -notin @('USB', 'SD', 'MMC', 'File Backed Virtual') })
  @{ boardSerial = $board.SerialNumber; productUuid = $product.UUID; maker = $system.Manufacturer; model = $system.Model
    diskSerial = ($fixed | ForEach-Object { $_.SerialNumber } | Select-Object -First 1)
    cpu = $cpus[0].Name; sockets = $cpus.Count; memoryBytes = [string]$system.TotalPhysicalMemory
    chassis = [int]($chassis.ChassisTypes | Select-Object -First 1) }`;

/** Hardware from what that query yields; what is missing or never filled in is absent. */
export function hardwareOfSigns(signs: Readonly<Record<string, unknown>>): Hardware {
  const text = (name: string): string | undefined => {
    const value = signs[name];
    return typeof value === 'string' ? value : undefined;
  };
  const cpu = text('cpu')?.trim();
  const sockets = typeof signs.sockets === 'number' ? signs.sockets : 1;
  const found = {
    board: joinNumbers(text('boardSerial'), text('productUuid')),
    disk: joinNumbers(text('diskSerial')),
    cpu: cpu === undefined || cpu === '' ? undefined : `${cpu} x${sockets}`,
    memory: gibibytes(Number(text('memoryBytes') ?? 0)),
  };
  const present = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  const isVirtual = isVirtualMachine(text('maker') ?? '', text('model') ?? '');
  const chassis = typeof signs.chassis === 'number' ? signs.chassis : 0;
  return { ...present, deviceClass: isVirtual ? 'virtual' : classOfChassis(chassis) };
}
