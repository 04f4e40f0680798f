import { describe, expect, test } from 'vitest';
import { checklistData, checklistSha256 } from './checklist-data.ts';
import { renderChecklist } from './render-script.ts';
import { sampleSubject } from './subject.ts';

const subject = sampleSubject();
const bytes = renderChecklist(subject);
const script = bytes.toString('utf8');

/** The script without comments, and with the text of strings left out but for what they evaluate. */
function codeOf(text: string): string {
  const withoutComments = text.replace(/<#[\s\S]*?#>/g, '').replace(/^\s*#.*$/gm, '');
  return withoutComments.replace(/'(?:[^']|'')*'/g, "''");
}

/** Brackets that do not close in order; a double-quoted string may hold `$( … )`, which nests. */
function unbalanced(code: string): string[] {
  const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
  const open: string[] = [];
  for (const character of code) {
    if (character === '"') {
      if (open.at(-1) === '"') open.pop();
      else open.push('"');
    } else if (character in closing && (open.at(-1) !== '"' || character === '('))
      open.push(closing[character] ?? '');
    else if (Object.values(closing).includes(character) && open.at(-1) !== '"' && open.pop() !== character)
      return [character];
  }
  return open;
}

/** All a checklist may call: each of these only reads, or shapes what was read. */
const readers = new Set([
  ...[
    'Get-AppxProvisionedPackage',
    'Get-ChildItem',
    'Get-CimInstance',
    'Get-FileHash',
    'Get-HotFix',
    'Get-Item',
  ],
  ...['Get-Location', 'Get-ScheduledTask', 'Get-Service', 'Test-Path', 'Join-Path'],
  ...['ConvertFrom-Json', 'ConvertTo-Json', 'ForEach-Object', 'New-Object', 'Select-Object', 'Where-Object'],
  'Write-Output',
]);

describe('the checklist script', () => {
  test('is UTF-8 with a byte order mark and CRLF, as Windows PowerShell 5.1 reads Chinese', () => {
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(script).toContain('不作任何改动');
    expect(script.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(codeOf(script.slice(1))).toMatch(/^[\x20-\x7e\r\n]*$/);
  });

  test('opens and closes every bracket and string', () => {
    expect(unbalanced(codeOf(script))).toEqual([]);
    expect(unbalanced(codeOf(script.replace('function Skip(', 'function Skip')))).not.toEqual([]);
  });

  test('calls nothing that changes a system', () => {
    const code = codeOf(script);
    const own = new Set([...code.matchAll(/^function ([\w-]+)/gm)].map((match) => match[1]));
    const called = [...code.matchAll(/\b[A-Z][A-Za-z]+-[A-Z][A-Za-z]+\b/g)].map((match) => match[0]);
    expect(called.filter((name) => !readers.has(name) && !own.has(name))).toEqual([]);
    expect([...code.matchAll(/New-Object (?:-ComObject )?([\w.]+)/g)].map((match) => match[1])).toEqual([
      'System.Collections.ArrayList',
      'Microsoft.Update.Session',
    ]);
    expect([...code.matchAll(/& ([\w$.]+)/g)].map((match) => match[1])).toEqual(['$Work', 'dism.exe']);
  });

  test('lets DISM read only', () => {
    const options = [...script.matchAll(/'\/([A-Z][A-Za-z-]+)'/g)].map((match) => match[1]);
    const allowed = [
      'Get-ImageInfo',
      'Get-CurrentEdition',
      'Cleanup-Image',
      'ScanHealth',
      'CheckHealth',
      'Online',
    ];
    expect(options.filter((option) => !allowed.includes(option ?? ''))).toEqual([]);
    expect(script).not.toMatch(/RestoreHealth|StartComponentCleanup|Mount-Image|\/Remove|\/Add/i);
  });

  test('writes one file, which must not be there yet', () => {
    expect(script.match(/\[IO\.File\]::\w+/g)).toEqual(['[IO.File]::Open']);
    expect(script).toContain('[IO.FileMode]::CreateNew');
    expect(codeOf(script)).not.toMatch(/>>?\s*[$\w]|\.(Set|Delete|CreateSubKey)\w*\(/);
    expect(script.match(/OpenSubKey\([^)]*\)/g)?.every((call) => call.endsWith(', $false)'))).toBe(true);
  });

  test("carries its build's checklist as data that no name can break out of", () => {
    const data = checklistData(subject);
    const [, packed = ''] = /FromBase64String\('([A-Za-z0-9+/=]+)'\)/.exec(script) ?? [];
    expect(JSON.parse(Buffer.from(packed, 'base64').toString('utf8'))).toEqual(data);
    expect(script).toContain(checklistSha256(data));
    expect(script).not.toContain('@@');
  });

  test('has the same bytes for the same build, and others for another', () => {
    expect(renderChecklist(sampleSubject())).toEqual(bytes);
    expect(renderChecklist({ ...subject, roots: [] })).not.toEqual(bytes);
  });
});

describe('the checklist', () => {
  test("has every file of the edition and only lasting files of the vendor's", () => {
    expect(checklistData(subject).paths.map(({ path, algorithm }) => `${algorithm} ${path}`)).toEqual([
      'SHA256 /Program Files/Imprint/政策.json',
      'SHA256 /Windows/Panther/unattend.xml',
      'SHA1 /Windows/System32/ntdll.dll',
    ]);
  });

  test('takes an even share of a large core, the same each time', () => {
    const [core] = subject.integrity.entries.slice(-1);
    if (core === undefined) throw new TypeError('the sample has a core');
    const entries = Array.from({ length: 1000 }, (_, index) => ({
      ...core,
      path: `/Windows/System32/${index}.dll`,
      sha1: index.toString(16).padStart(40, '0'),
    }));
    const large = { ...subject, integrity: { ...subject.integrity, entries } };
    expect(checklistData(large).paths).toHaveLength(200);
    expect(checklistData(large)).toEqual(checklistData(large));
  });
});
