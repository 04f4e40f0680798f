import { parseStanzas } from './stanzas.ts';

/** Debian's short names whose SPDX identifier differs; the rest are equal or not mapped. Source: copyright-format 1.0 §7.1. */
const spdxByShortName: Readonly<Record<string, string>> = {
  'GPL-1': 'GPL-1.0-only',
  'GPL-1+': 'GPL-1.0-or-later',
  'GPL-2': 'GPL-2.0-only',
  'GPL-2+': 'GPL-2.0-or-later',
  'GPL-3': 'GPL-3.0-only',
  'GPL-3+': 'GPL-3.0-or-later',
  'LGPL-2': 'LGPL-2.0-only',
  'LGPL-2+': 'LGPL-2.0-or-later',
  'LGPL-2.0': 'LGPL-2.0-only',
  'LGPL-2.0+': 'LGPL-2.0-or-later',
  'LGPL-2.1': 'LGPL-2.1-only',
  'LGPL-2.1+': 'LGPL-2.1-or-later',
  'LGPL-3': 'LGPL-3.0-only',
  'LGPL-3+': 'LGPL-3.0-or-later',
  'AGPL-3': 'AGPL-3.0-only',
  'AGPL-3+': 'AGPL-3.0-or-later',
  'Apache-2.0': 'Apache-2.0',
  'Artistic-2.0': 'Artistic-2.0',
  'BSD-2-clause': 'BSD-2-Clause',
  'BSD-3-clause': 'BSD-3-Clause',
  'BSD-4-clause': 'BSD-4-Clause',
  'CC0-1.0': 'CC0-1.0',
  'CC-BY-3.0': 'CC-BY-3.0',
  'CC-BY-4.0': 'CC-BY-4.0',
  'CC-BY-SA-3.0': 'CC-BY-SA-3.0',
  'CC-BY-SA-4.0': 'CC-BY-SA-4.0',
  'MPL-1.1': 'MPL-1.1',
  'MPL-2.0': 'MPL-2.0',
  'Python-2.0': 'Python-2.0',
  ISC: 'ISC',
  Zlib: 'Zlib',
  OFL: 'OFL-1.1',
  'OFL-1.1': 'OFL-1.1',
};

/** The SPDX identifier of a Debian short name, only where it is certain: `MIT` and `Expat` each mean several texts. */
export function spdxOf(shortName: string): string | undefined {
  return spdxByShortName[shortName];
}

/** Licence short names a machine-readable copyright file states for its files; empty if it is not machine-readable. */
export function parseLicences(text: string): string[] {
  const [header, ...stanzas] = parseStanzas(text);
  if (!/copyright-format\/1\.0\/?$/.test(header?.get('format') ?? '')) return [];
  const found = new Set<string>();
  for (const stanza of stanzas) {
    if (!stanza.has('files')) continue;
    const [synopsis = ''] = (stanza.get('license') ?? '').split('\n');
    const expression = synopsis.trim().replace(/\s+/g, ' ');
    if (expression !== '' && expression.length <= 120) found.add(expression);
  }
  return [...found].sort();
}
