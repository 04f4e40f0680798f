/** Value types by number. Source: [MS-RRP] 3.1.1.5 and winnt.h, REG_NONE to REG_QWORD. */
const typeNumbers = {
  none: 0,
  sz: 1,
  'expand-sz': 2,
  binary: 3,
  dword: 4,
  'dword-big-endian': 5,
  link: 6,
  'multi-sz': 7,
  'resource-list': 8,
  'full-resource-descriptor': 9,
  'resource-requirements-list': 10,
  qword: 11,
} as const;

/** The type of a value; `type-<number>` for numbers without a name, which the SAM hive uses. */
export type RegistryType = keyof typeof typeNumbers | `type-${number}`;

/** The type and the bytes of a value, as the hive holds them. */
export interface RegistryValue {
  readonly type: RegistryType;
  readonly data: Buffer;
}

const typeNames = new Map<number, RegistryType>(
  Object.entries(typeNumbers).map(([name, number]) => [number, name as RegistryType]),
);

/** Returns the type with this number. */
export function registryType(number: number): RegistryType {
  return typeNames.get(number) ?? `type-${number}`;
}

/** Returns the number that hives and `.reg` files use for a type. */
export function typeNumber(type: RegistryType): number {
  return type in typeNumbers ? typeNumbers[type as keyof typeof typeNumbers] : Number(type.slice(5));
}

/** Makes a string value: UTF-16LE with its closing NUL. */
export function textValue(type: 'sz' | 'expand-sz', text: string): RegistryValue {
  return { type, data: Buffer.from(`${text}\0`, 'utf16le') };
}

/** Makes a list of strings: each with its NUL, and a NUL after the last. An empty string would end the list. */
export function multiTextValue(texts: readonly string[]): RegistryValue {
  return { type: 'multi-sz', data: Buffer.from(`${texts.map((text) => `${text}\0`).join('')}\0`, 'utf16le') };
}

/** Makes an unsigned 32-bit value. */
export function dwordValue(number: number): RegistryValue {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(number);
  return { type: 'dword', data };
}

/** True if both have the same type and bytes. */
export function sameValue(a: RegistryValue, b: RegistryValue): boolean {
  return a.type === b.type && a.data.equals(b.data);
}

function textOf(data: Buffer): string {
  return data.toString('utf16le').replace(/\0[\s\S]*$/, '');
}

function textsOf(data: Buffer): string[] {
  const texts = data.toString('utf16le').split('\0');
  const end = texts.indexOf('');
  return end === -1 ? texts : texts.slice(0, end);
}

/**
 * Returns what a value says: text, texts or a number. Bytes that are not what the type promises, and types without such
 * a reading, come back as they are.
 */
export function decodeValue(value: RegistryValue): string | number | string[] | Buffer {
  const { type, data } = value;
  if (type === 'dword' && data.length === 4) return data.readUInt32LE(0);
  if (type === 'dword-big-endian' && data.length === 4) return data.readUInt32BE(0);
  if (data.length % 2 !== 0) return data;
  if (type === 'sz' || type === 'expand-sz') return textOf(data);
  return type === 'multi-sz' ? textsOf(data) : data;
}
