import {
  chmodSync,
  copyFileSync,
  lstatSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Action, ActionKind } from '../plan/model.ts';
import { enter } from './chroot.ts';
import { bootstrapSystem, installLocal, installUpstream } from './dpkg.ts';
import { buildError } from './errors.ts';
import type { ExecutionContext } from './execution-context.ts';
import { existsInside, matchInside, placeInside, resolveInside } from './inside.ts';

type Executor<K extends ActionKind> = (
  context: ExecutionContext,
  action: Extract<Action, { kind: K }>,
) => void | Promise<void>;

function cleared(root: string, path: string): string {
  const target = placeInside(root, path);
  if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() !== true) rmSync(target, { force: true });
  return target;
}

function expectPath({ root, step }: ExecutionContext, path: string): void {
  if (!existsInside(root, path)) throw buildError('BUILD_PATH_MISSING', { path, step });
}

function unitPath(context: ExecutionContext, unit: string): string {
  const places = ['/etc/systemd/system', '/usr/lib/systemd/system'].map(
    (directory) => `${directory}/${unit}`,
  );
  const found = places.find((path) => existsInside(context.root, path));
  if (found === undefined)
    throw buildError('BUILD_PATH_MISSING', { path: places[1] ?? unit, step: context.step });
  return found;
}

function link(root: string, path: string, target: string): void {
  symlinkSync(target, cleared(root, path));
}

async function runInside(context: ExecutionContext, argv: readonly string[]): Promise<void> {
  const inside = await enter(context.root, context);
  try {
    await inside.run(argv);
  } finally {
    await inside.leave();
  }
}

function expectNoDevice(
  { root }: ExecutionContext,
  absent: readonly string[],
  empty: readonly string[],
): void {
  const present = absent.flatMap((pattern) => matchInside(root, pattern));
  const filled = empty.filter((path) => {
    const stats = lstatSync(resolveInside(root, path), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size > 0;
  });
  const paths = [...present, ...filled];
  if (paths.length > 0) throw buildError('BUILD_DEVICE_SPECIFIC', { paths: paths.slice(0, 10).join(', ') });
}

/** What each kind of action does; there is no other way for a step to touch a tree. */
const executors: { readonly [K in ActionKind]: Executor<K> } = {
  bootstrap: (context, { packages }) => bootstrapSystem(context, packages),
  'install-upstream': (context, { packages, expected }) => installUpstream(context, packages, expected),
  'install-debs': (context, { debs }) =>
    installLocal(
      context,
      debs.map(({ sha256 }) => sha256),
    ),
  write: ({ root }, { path, mode, text }) => {
    const target = cleared(root, path);
    writeFileSync(target, text);
    chmodSync(target, mode);
  },
  copy: ({ root, store }, { path, mode, sha256 }) => {
    const target = cleared(root, path);
    copyFileSync(store.path(sha256), target);
    chmodSync(target, mode);
  },
  symlink: ({ root }, { path, target }) => link(root, path, target),
  remove: ({ root }, { paths }) => {
    for (const path of paths.flatMap((pattern) => matchInside(root, pattern)))
      rmSync(resolveInside(root, path), { recursive: true, force: true });
  },
  truncate: ({ root }, { paths }) => {
    for (const path of paths.filter((one) => existsInside(root, one))) {
      const target = resolveInside(root, path);
      if (lstatSync(target).size > 0) truncateSync(target, 0);
    }
  },
  run: (context, { argv }) => runInside(context, argv),
  'enable-unit': (context, { unit, target }) => {
    const found = unitPath(context, unit);
    const path = `/etc/systemd/system/${target}.wants/${unit}`;
    // Upstream's own link may name the unit by another path; what is enabled stays as it is.
    if (!existsInside(context.root, path)) link(context.root, path, found);
  },
  'mask-unit': ({ root }, { unit }) => link(root, join('/etc/systemd/system', unit), '/dev/null'),
  expect: (context, { path }) => expectPath(context, path),
  'expect-no-device': (context, { absent, empty }) => expectNoDevice(context, absent, empty),
};

/** Carries out one action on the mounted tree. */
export async function executeAction(context: ExecutionContext, action: Action): Promise<void> {
  context.signal?.throwIfAborted();
  const execute = executors[action.kind] as Executor<ActionKind>;
  await execute(context, action);
}
