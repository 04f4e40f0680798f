import type { ImprintError } from '@imprint/protocol';
import { policyDefinitions } from '../drivers/debian/policies/index.ts';
import { windowsPolicyIds } from '../drivers/windows/data/policy-ids.ts';
import { manifestError } from './errors.ts';
import { childOf, type Located, pointerTo, valueAt } from './located.ts';

/** What only some bases can carry out; all else in a manifest is the same for all. */
const abilities = {
  debian: {
    outputs: ['rootfs', 'squashfs', 'disk'],
    policy: Object.keys(policyDefinitions),
    locale: ['fonts', 'inputMethod'],
    component: [
      ...['package', 'definitions', 'default', 'provider', 'title', 'adapter', 'approvedUntil', 'sendsOut'],
    ],
    trust: [],
    services: [],
  },
  windows: {
    outputs: ['wim', 'swm', 'iso', 'esd'],
    policy: windowsPolicyIds,
    locale: [],
    component: ['installer', 'publisherRoot', 'securityCenterName'],
    trust: ['catalogSigner'],
    services: ['windowsUpdate'],
  },
} as const satisfies Record<string, Readonly<Record<Group, readonly string[]>>>;
type Group = 'outputs' | 'policy' | 'locale' | 'component' | 'trust' | 'services';
type Base = keyof typeof abilities;

/** A Debian package's name, a Windows package family name. */
const removable: Readonly<Record<Base, RegExp>> = {
  debian: /^[a-z0-9][a-z0-9+.-]+$/,
  windows: /_[a-z0-9]{13}$/,
};

/** True if another base can and this one cannot; what no base knows is a spelling mistake, which the schema names. */
function isBeyond(base: Base, group: Group, wish: string): boolean {
  const can = (list: readonly string[]) => list.includes(wish);
  return !can(abilities[base][group]) && Object.values(abilities).some((other) => can(other[group]));
}

interface Asked {
  readonly what: string;
  readonly located: Located;
  readonly pointer: string;
}

const itemsOf = (located: Located | undefined) => (located?.kind === 'list' ? located.items : []);
const textOf = (located: Located) => (located.kind === 'scalar' ? String(located.value) : '');

function listed(root: Located, pointer: string, isRefused: (text: string) => boolean): Asked[] {
  return itemsOf(valueAt(root, pointer)).flatMap((located, index) => {
    const what = `${pointer.slice(1)}: ${textOf(located)}`;
    return isRefused(textOf(located)) ? [{ what, located, pointer: pointerTo(pointer, index) }] : [];
  });
}

function keyed(root: Located, pointer: string, isRefused: (key: string) => boolean): Asked[] {
  const record = valueAt(root, pointer);
  if (record?.kind !== 'record') return [];
  return [...record.entries].flatMap(([key, { value: located }]) => {
    const what = `${pointer.slice(1).replaceAll('/', '.')}.${key}`;
    return isRefused(key) ? [{ what, located, pointer: pointerTo(pointer, key) }] : [];
  });
}

function unable(root: Located, base: Base): Asked[] {
  const components = itemsOf(valueAt(root, '/components'));
  const isRefused = (group: Group) => (wish: string) => isBeyond(base, group, wish);
  return [
    ...listed(root, '/outputs', isRefused('outputs')),
    ...listed(root, '/remove', (name) => !removable[base].test(name)),
    ...(['policy', 'locale', 'trust', 'services'] as const).flatMap((group) =>
      keyed(root, `/${group}`, isRefused(group)),
    ),
    ...components.flatMap((_, index) => keyed(root, pointerTo('/components', index), isRefused('component'))),
  ];
}

/** Refuses a manifest without exactly one base, and each wish that its base cannot carry out, with its place. */
export function checkBase(root: Located): ImprintError[] {
  const stated = valueAt(root, '/base');
  if (stated?.kind !== 'record') return [];
  const bases = (['debian', 'windows'] as const).filter((name) => childOf(stated, name) !== undefined);
  const [base, other] = bases;
  if (base === undefined || other !== undefined) {
    const params = { got: base === undefined ? 'none' : 'both' };
    return [manifestError('MANIFEST_BASE', params, { place: { ...stated.place, pointer: '/base' } })];
  }
  return [...withoutUpdateService(root), ...unableProblems(root, base)];
}

/** A device told to ask only the edition's update service, when there is none, would get no patch. */
function withoutUpdateService(root: Located): ImprintError[] {
  const wish = valueAt(root, '/policy/updateService');
  if (wish?.kind !== 'scalar' || wish.value !== 'edition') return [];
  if (valueAt(root, '/services/windowsUpdate') !== undefined) return [];
  return [
    manifestError(
      'MANIFEST_UPDATE_SERVICE',
      {},
      { place: { ...wish.place, pointer: '/policy/updateService' } },
    ),
  ];
}

function unableProblems(root: Located, base: Base): ImprintError[] {
  return unable(root, base).map(({ what, located, pointer }) =>
    manifestError('MANIFEST_BASE_CANNOT', { base, what }, { place: { ...located.place, pointer } }),
  );
}
