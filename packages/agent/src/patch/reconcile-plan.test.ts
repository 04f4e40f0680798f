import type { IntegrityEntry } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  identityPath,
  isReconciled,
  type LocalPath,
  planReconcile,
  type ReconcileAction,
} from './reconcile-plan.ts';

const names = [
  '/etc/a',
  '/etc/b',
  '/usr/share/c',
  '/usr/share/d',
  '/var/lib/dpkg/status',
  '/vmlinuz',
  identityPath,
];
const digest = (n: number) => String(n).padStart(64, '0');

const entries: fc.Arbitrary<IntegrityEntry[]> = fc
  .uniqueArray(
    fc.record({
      path: fc.constantFrom(...names),
      type: fc.constantFrom('file' as const, 'symlink' as const, 'directory' as const),
      content: fc.integer({ min: 1, max: 3 }),
      mode: fc.constantFrom(0o644, 0o755),
      class: fc.constantFrom('core' as const, 'overlay' as const, 'modified' as const),
      evidence: fc.constantFrom(
        'step' as const,
        'agreed' as const,
        'clean-build' as const,
        'package' as const,
        'database' as const,
      ),
      volatile: fc.boolean(),
    }),
    { selector: ({ path }) => path },
  )
  .map((list) =>
    list.map(({ content, volatile, ...one }) => ({
      ...{ ...one, uid: 0, gid: 0, origin: 'x' },
      ...(one.type === 'file' ? { sha256: digest(content), sizeBytes: content } : {}),
      ...(one.type === 'symlink' ? { link: `to-${content}` } : {}),
      ...(volatile ? { volatile } : {}),
    })),
  );

type Tree = Map<string, LocalPath>;
const localOf = ({ type, mode, uid, gid, sha256, link }: IntegrityEntry): LocalPath => ({
  ...{ type, mode, uid, gid },
  ...(sha256 === undefined ? {} : { sha256 }),
  ...(link === undefined ? {} : { link }),
});
const treeOf = (list: readonly IntegrityEntry[]): Tree =>
  new Map(list.map((entry) => [entry.path, localOf(entry)]));

/** What carrying an action out does to a tree. */
function apply(tree: Tree, action: ReconcileAction): void {
  if (action.kind === 'remove') tree.delete(action.path);
  else tree.set(action.entry.path, localOf(action.entry));
}
const plan = (target: IntegrityEntry[], running: IntegrityEntry[] | undefined, tree: Tree) =>
  planReconcile({ target, running }, (path) => tree.get(path));
const pathOf = (action: ReconcileAction) => (action.kind === 'remove' ? action.path : action.entry.path);

describe('reconciling', () => {
  test('done once gives nothing more to do, from wherever it began or was cut off', () => {
    fc.assert(
      fc.property(entries, entries, entries, fc.nat(), (target, running, local, cut) => {
        const tree = treeOf(local);
        const actions = plan(target, running, tree);
        for (const action of actions.slice(0, cut % (actions.length + 1))) apply(tree, action);
        for (const action of plan(target, running, tree)) apply(tree, action);
        expect(plan(target, running, tree)).toEqual([]);
        for (const entry of target)
          if (isReconciled(entry) && entry.path !== identityPath)
            expect(tree.get(entry.path)).toMatchObject(
              entry.type === 'symlink' ? { link: entry.link } : { mode: entry.mode },
            );
      }),
    );
  });

  test('never touches what packages, dpkg or a running system keep, nor the identity', () => {
    fc.assert(
      fc.property(entries, entries, entries, (target, running, local) => {
        const wasOurs = new Set(running.filter(isReconciled).map(({ path }) => path));
        const mine = new Set(target.filter(isReconciled).map(({ path }) => path));
        for (const action of plan(target, running, treeOf(local))) {
          const path = pathOf(action);
          expect(mine.has(path) || wasOurs.has(path)).toBe(true);
          expect(['/var/lib/dpkg/status', '/vmlinuz']).not.toContain(path);
          if (action.kind !== 'remove') expect(path).not.toBe(identityPath);
        }
      }),
    );
  });

  test('removes only what the edition had put there and has no more; nothing where that is not known', () => {
    fc.assert(
      fc.property(entries, entries, entries, (target, running, local) => {
        const isRemoval = (action: ReconcileAction) => action.kind === 'remove';
        for (const action of plan(target, running, treeOf(local)).filter(isRemoval)) {
          const before = running.find(({ path }) => path === pathOf(action));
          expect(before?.class).toBe('overlay');
          expect(target.some(({ path }) => path === pathOf(action))).toBe(false);
        }
        expect(plan(target, undefined, treeOf(local)).filter(isRemoval)).toEqual([]);
      }),
    );
  });
});
