import type { Registry } from '../platform/model.ts';

const roots = ['SOFTWARE', 'SOFTWARE\\WOW6432Node'].map(
  (root) => `HKLM\\${root}\\Microsoft\\Windows\\CurrentVersion\\Uninstall`,
);

/** A program that Windows lists as installed: its registry key, in lower case, and its name. */
export interface InstalledProgram {
  readonly key: string;
  readonly name: string;
}

/** What Windows lists as installed for the machine; undefined where it cannot be read. */
export function installedPrograms({ tree }: Registry): InstalledProgram[] | undefined {
  const trees = roots.map(tree);
  if (trees.includes('unreadable')) return undefined;
  return trees.flatMap((one) =>
    typeof one === 'string'
      ? []
      : [...one].flatMap(([key, values]) => {
          const name = values.get('displayname')?.text;
          return name === undefined ? [] : [{ key, name }];
        }),
  );
}
