import type { ImprintError } from '@imprint/protocol';
import { antivirusProblems } from './check-antivirus.ts';
import { keyboardLayouts, languages, timeZones } from './data/known-values.ts';
import { manifestError } from './errors.ts';
import { childOf, type Located, plainOf, pointerTo, valueAt } from './located.ts';
import { suggestionFor } from './suggest.ts';

interface KnownValues {
  readonly code: 'MANIFEST_TIME_ZONE' | 'MANIFEST_LANGUAGE' | 'MANIFEST_KEYBOARD';
  readonly known: readonly string[];
  readonly usual: string;
}

const knownAt: Readonly<Record<string, KnownValues>> = {
  '/locale/timezone': { code: 'MANIFEST_TIME_ZONE', known: timeZones, usual: 'Asia/Shanghai' },
  '/locale/language': {
    code: 'MANIFEST_LANGUAGE',
    known: languages.map((language) => `${language}.UTF-8`),
    usual: 'zh_CN.UTF-8',
  },
  '/locale/keyboard': { code: 'MANIFEST_KEYBOARD', known: keyboardLayouts, usual: 'cn' },
};
const webAddresses = [
  '/services/imprint',
  '/services/windowsUpdate',
  '/base/debian/mirror',
  '/base/debian/securityMirror',
];

function unknownValues(root: Located): ImprintError[] {
  return Object.entries(knownAt).flatMap(([pointer, { code, known, usual }]) => {
    const located = valueAt(root, pointer);
    if (located?.kind !== 'scalar' || typeof located.value !== 'string' || known.includes(located.value))
      return [];
    const suggestion = suggestionFor(located.value, known) ?? usual;
    const params = { got: located.value, suggestion };
    return manifestError(code, params, { place: { ...located.place, pointer } });
  });
}

function otherAddresses(root: Located): ImprintError[] {
  return webAddresses.flatMap((pointer) => {
    const located = valueAt(root, pointer);
    if (located?.kind !== 'scalar' || typeof located.value !== 'string') return [];
    if (!URL.canParse(located.value) || /^https?:$/.test(new URL(located.value).protocol)) return [];
    const params = { example: 'https://imprint.example', got: located.value, pattern: '^https?://' };
    return manifestError('MANIFEST_FORM', params, { place: { ...located.place, pointer } });
  });
}

function componentProblems(root: Located): ImprintError[] {
  const components = valueAt(root, '/components');
  if (components?.kind !== 'list') return [];
  const seen = new Set<unknown>();
  return components.items.flatMap((component, index) => {
    if (component.kind !== 'record') return [];
    const place = { ...component.place, pointer: pointerTo('/components', index) };
    const name = plainOf(childOf(component, 'name') ?? component);
    const problems: ImprintError[] = [];
    if (seen.has(name))
      problems.push(manifestError('MANIFEST_LIST_DUPLICATE', { entry: String(name) }, { place }));
    seen.add(name);
    const sources = ['package', 'file'].filter((key) => component.entries.has(key));
    if (sources.length !== 1) {
      const params = { name: String(name), got: sources.length === 0 ? 'none' : 'both' };
      problems.push(manifestError('MANIFEST_COMPONENT_SOURCE', params, { place }));
    }
    return problems;
  });
}

/** Checks what a schema cannot say: known places and keyboards, web addresses, components with one source. */
export function checkValues(root: Located): ImprintError[] {
  return [
    ...unknownValues(root),
    ...otherAddresses(root),
    ...componentProblems(root),
    ...antivirusProblems(root),
  ];
}
