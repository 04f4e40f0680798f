/** What dpkg's ordering needs of one binary package's control file. Source: deb-control(5), Debian Policy §7.2. */
export interface PackageControl {
  readonly name: string;
  readonly essential: boolean;
  readonly provides: readonly string[];
  /** Each dependency as its alternatives' names. */
  readonly depends: readonly (readonly string[])[];
  readonly preDepends: readonly (readonly string[])[];
}

function relation(text: string | undefined): string[][] {
  return (text ?? '')
    .split(',')
    .map((group) => group.split('|').map((one) => one.trim().replace(/[\s(:].*$/s, '')))
    .map((group) => group.filter((name) => name !== ''))
    .filter((group) => group.length > 0);
}

/** Parses the fields `dpkg-deb --field` prints; continuation lines are folded. */
export function parseControl(text: string): PackageControl {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const at = line.indexOf(':');
    if (at > 0) fields.set(line.slice(0, at).toLowerCase(), line.slice(at + 1).trim());
  }
  return {
    name: fields.get('package') ?? '',
    essential: fields.get('essential') === 'yes',
    provides: relation(fields.get('provides')).flat(),
    depends: relation(fields.get('depends')),
    preDepends: relation(fields.get('pre-depends')),
  };
}
