import type { ImprintError } from '@imprint/protocol';
import { policyDefinitions } from '../drivers/debian/policies/index.ts';
import { windowsPolicyIds } from '../drivers/windows/data/policy-ids.ts';
import { manifestError } from './errors.ts';
import { childOf, type Located, pointerTo, valueAt } from './located.ts';

type Base = 'debian' | 'windows';

/** What each base can carry out; all else in a manifest is the same for both. */
const abilities = {
  debian: {
    outputs: ['rootfs', 'squashfs', 'disk'],
    policies: Object.keys(policyDefinitions),
    removed: /^[a-z0-9][a-z0-9+.-]+$/,
    locale: ['fonts', 'inputMethod'],
    component: ['package'],
    trust: [],
    services: [],
  },
  windows: {
    outputs: ['wim', 'swm', 'iso', 'esd'],
    policies: windowsPolicyIds,
    removed: /_[a-z0-9]{13}$/,
    locale: [],
    component: ['installer', 'publisherRoot', 'securityCenterName'],
    trust: ['catalogSigner'],
    services: ['windowsUpdate'],
  },
} as const satisfies Record<Base, object>;
const someBasesOnly = {
  locale: ['fonts', 'inputMethod'],
  component: ['package', 'installer', 'publisherRoot', 'securityCenterName'],
  trust: ['catalogSigner'],
  services: ['windowsUpdate'],
};

interface Asked {
  readonly what: string;
  readonly located: Located;
  readonly pointer: string;
}

const itemsOf = (located: Located | undefined) => (located?.kind === 'list' ? located.items : []);
const textOf = (located: Located) => (located.kind === 'scalar' ? String(located.value) : '');

function listed(root: Located, pointer: string, isAble: (text: string) => boolean): Asked[] {
  return itemsOf(valueAt(root, pointer)).flatMap((located, index) => {
    const text = textOf(located);
    return isAble(text)
      ? []
      : [{ what: `${pointer.slice(1)}: ${text}`, located, pointer: pointerTo(pointer, index) }];
  });
}

function keyed(record: Located | undefined, pointer: string, isAble: (key: string) => boolean): Asked[] {
  if (record?.kind !== 'record') return [];
  return [...record.entries].flatMap(([key, { value }]) =>
    isAble(key)
      ? []
      : [
          {
            what: `${pointer.slice(1).replaceAll('/', '.')}.${key}`,
            located: value,
            pointer: pointerTo(pointer, key),
          },
        ],
  );
}

function unable(root: Located, base: Base): Asked[] {
  const able: {
    readonly [K in keyof (typeof abilities)['debian']]: K extends 'removed' ? RegExp : readonly string[];
  } = abilities[base];
  const components = itemsOf(valueAt(root, '/components'));
  return [
    ...listed(root, '/outputs', (text) => able.outputs.includes(text) || !isOutput(text)),
    ...listed(root, '/remove', (text) => able.removed.test(text)),
    ...keyed(valueAt(root, '/policy'), '/policy', (key) => able.policies.includes(key) || !isPolicy(key)),
    ...keyed(
      valueAt(root, '/locale'),
      '/locale',
      (key) => able.locale.includes(key) || !someBasesOnly.locale.includes(key),
    ),
    ...keyed(
      valueAt(root, '/services'),
      '/services',
      (key) => able.services.includes(key) || !someBasesOnly.services.includes(key),
    ),
    ...keyed(
      valueAt(root, '/trust'),
      '/trust',
      (key) => able.trust.includes(key) || !someBasesOnly.trust.includes(key),
    ),
    ...components.flatMap((component, index) =>
      keyed(
        component,
        pointerTo('/components', index),
        (key) => able.component.includes(key) || !someBasesOnly.component.includes(key),
      ),
    ),
  ];
}

// What no base knows is a spelling mistake, and the schema names it.
const isOutput = (text: string) =>
  Object.values(abilities).some(({ outputs }) => outputs.some((one) => one === text));
const isPolicy = (key: string) =>
  Object.values(abilities).some(({ policies }) => policies.some((one) => one === key));

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
