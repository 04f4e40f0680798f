import type { Registry, WindowsSystem } from '../platform/model.ts';

function once<T>(ask: () => T): () => T {
  let known: { readonly answer: T } | undefined;
  return () => {
    known ??= { answer: ask() };
    return known.answer;
  };
}

function oncePerKey(tree: Registry['tree']): Registry['tree'] {
  const known = new Map<string, ReturnType<Registry['tree']>>();
  return (key) => {
    const answer = known.get(key) ?? tree(key);
    known.set(key, answer);
    return answer;
  };
}

/** A Windows that is asked each slow question once: a plan that removes twenty applications lists them once. */
export const rememberAnswers = (windows: WindowsSystem): WindowsSystem => ({
  ...windows,
  registry: { ...windows.registry, tree: oncePerKey(windows.registry.tree) },
  packages: {
    ...windows.packages,
    applications: once(windows.packages.applications),
    languages: once(windows.packages.languages),
    updates: once(windows.packages.updates),
  },
  securityCenter: once(windows.securityCenter),
});
