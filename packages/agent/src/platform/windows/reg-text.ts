import type { RegistryValue } from '../model.ts';

const typeNames: Readonly<Record<string, RegistryValue['type']>> = {
  REG_SZ: 'sz',
  REG_EXPAND_SZ: 'expand-sz',
  REG_MULTI_SZ: 'multi-sz',
  REG_DWORD: 'dword',
  REG_QWORD: 'qword',
};
const isNumber = (type: RegistryValue['type']): boolean => type === 'dword' || type === 'qword';

/**
 * The value of a name in what `reg query KEY /v NAME` prints: four blanks between name, type and data in every language.
 * Undefined where the print may not be the data: a console code page, a line break or a list's separator hides in it.
 */
export function queriedValue(text: string, name: string): RegistryValue | undefined {
  const prefix = `    ${name}    `.toLowerCase();
  const lines = text.split(/\r?\n/);
  const index = lines.findIndex((line) => line.toLowerCase().startsWith(prefix));
  const [, typeName = '', data = ''] =
    /^(REG_[A-Z_]+)(?: {4}(.*))?$/.exec(lines[index]?.slice(prefix.length) ?? '') ?? [];
  const type = typeNames[typeName];
  if (type === undefined) return undefined;
  if (isNumber(type))
    return /^0x[0-9a-f]+$/i.test(data) ? { type, text: BigInt(data).toString() } : undefined;
  const isPlain = type !== 'multi-sz' && /^[\x20-\x3e\x40-\x7e]*$/.test(data);
  return isPlain && lines.slice(index + 1).every((line) => line === '') ? { type, text: data } : undefined;
}

/** Security identifiers of people among the lines of `reg query HKU`: local, domain and Entra accounts. */
export const queriedUsers = (text: string): string[] =>
  [...text.matchAll(/^HKEY_USERS\\(S-1-(?:5-21|12-1)-[\d-]+)\r?$/gm)].map(([, sid = '']) => sid);

const utf16 = (bytes: Buffer): string => bytes.toString('utf16le').replace(/\0$/, '');

const hexBytes = (text: string): Buffer => Buffer.from(text.replace(/[^0-9a-f]/gi, ''), 'hex');

/** Data as `reg export` writes it. Source: the .reg format 5.00. */
function exportedData(data: string): RegistryValue {
  if (data.startsWith('"')) return { type: 'sz', text: data.slice(1, -1).replace(/\\([\s\S])/g, '$1') };
  const [, word] = /^dword:([0-9a-f]{8})$/i.exec(data) ?? [];
  if (word !== undefined) return { type: 'dword', text: String(Number.parseInt(word, 16)) };
  const [, kind = '', hex = ''] = /^hex(?:\(([0-9a-f]+)\))?:([\s\S]*)$/i.exec(data) ?? [];
  const bytes = hexBytes(hex);
  if (kind === '1') return { type: 'sz', text: utf16(bytes) };
  if (kind === '2') return { type: 'expand-sz', text: utf16(bytes) };
  if (kind === '7') return { type: 'multi-sz', text: utf16(bytes).replace(/\0$/, '').split('\0').join('|') };
  if (kind === '4' && bytes.length === 4) return { type: 'dword', text: String(bytes.readUInt32LE()) };
  if (kind === 'b' && bytes.length === 8) return { type: 'qword', text: bytes.readBigUInt64LE().toString() };
  return { type: 'other', text: '' };
}

/** The pieces of an export: `[key]` heads, and `"name"=data`, where text and lists of bytes may run over several lines. */
const piece =
  /^\[(.+)\]\r?$|^(?:"((?:[^"\\]|\\[\s\S])*)"|(@))=("(?:[^"\\]|\\[\s\S])*"|(?:[^\r\n\\]|\\\r?\n *)*)/gm;

/** Reads what `reg export` writes: key → value name → value; names of keys and values in lower case. */
export function parseExport(bytes: Buffer): Map<string, Map<string, RegistryValue>> {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = isUtf16 ? bytes.subarray(2).toString('utf16le') : bytes.toString('utf8');
  const keys = new Map<string, Map<string, RegistryValue>>();
  let values = new Map<string, RegistryValue>();
  for (const [, key, name, , data = ''] of text.matchAll(piece)) {
    if (key !== undefined) {
      values = new Map();
      keys.set(key.toLowerCase(), values);
    } else values.set((name ?? '').replace(/\\([\s\S])/g, '$1').toLowerCase(), exportedData(data));
  }
  return keys;
}
