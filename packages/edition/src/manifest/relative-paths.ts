import { relative, resolve } from 'node:path';
import type { Located } from './located.ts';

/** Pointers of values that are file names; `*` stands for any entry of a list. */
const pathPointers = [
  '/components/*/file',
  '/components/*/evidence',
  '/components/*/definitions',
  '/components/*/publisherRoot',
  '/base/windows/image',
  '/base/windows/languagePacks/*/file',
  '/base/windows/updates/*',
  '/base/windows/vendorRoots/*',
  '/trust/roots/*',
  '/trust/releaseRoot',
  '/trust/catalogSigner',
  '/mutableCore',
];

function rewrite(located: Located, pattern: string, directory: string): Located {
  switch (located.kind) {
    case 'scalar': {
      if (!pathPointers.includes(pattern) || typeof located.value !== 'string') return located;
      return { ...located, value: relative(directory, resolve(located.directory, located.value)) };
    }
    case 'list':
      return { ...located, items: located.items.map((item) => rewrite(item, `${pattern}/*`, directory)) };
    case 'record': {
      const entries = [...located.entries].map(([key, entry]) => {
        return [key, { ...entry, value: rewrite(entry.value, `${pattern}/${key}`, directory) }] as const;
      });
      return { ...located, entries: new Map(entries) };
    }
  }
}

/** Restates every file name relative to one directory, whichever manifest of the chain stated it. */
export function withPathsFrom(value: Located, directory: string): Located {
  return rewrite(value, '', directory);
}
