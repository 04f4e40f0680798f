import { deployError } from './errors.ts';

/** What a root tree has, as far as choosing from it needs. */
export interface TreeIndex {
  /** Path without leading slash → its kind, and where a link leads. */
  readonly members: ReadonlyMap<string, { readonly type: string; readonly link: string }>;
  /** Names of libraries each ELF file asks for. */
  readonly needed: ReadonlyMap<string, readonly string[]>;
  /** The text of `modules.dep`. */
  readonly moduleDependencies: string;
  readonly kernel: string;
}

const libraryFolders = ['usr/lib/x86_64-linux-gnu', 'usr/lib'];

/** Programs and data of the installer, all from the edition's own packages: a shell, klibc's tools, kmod, Node, the agent. */
const wholeFolders = [
  'usr/lib/klibc/',
  'usr/lib/ssl/',
  ...[
    'acorn',
    'acorn-walk',
    'balanced-match',
    'brace-expansion',
    'cjs-module-lexer',
    'minimatch',
    'undici',
  ].map((name) => `usr/share/nodejs/${name}/`),
];
const files = [
  ...['bin', 'sbin', 'lib', 'lib64', 'usr/lib64/ld-linux-x86-64.so.2'],
  ...['usr/bin/dash', 'usr/bin/sh', 'usr/bin/kmod', 'usr/sbin/modprobe', 'usr/bin/node'],
  'usr/lib/imprint-agent/imprint-agent.mjs',
  ...['etc/ssl/openssl.cnf', 'etc/ssl/certs/ca-certificates.crt', 'etc/imprint/root.json'],
];
/** Opened by name while running, so no ELF file asks for them. */
const openedByName = ['liblzma.so.5', 'libzstd.so.1', 'libz.so.1', 'libcrypto.so.3', 'libgcc_s.so.1'];
const optional = new Set([
  'lib64',
  'etc/ssl/certs/ca-certificates.crt',
  'etc/ssl/openssl.cnf',
  ...openedByName,
]);

/** Drivers for what a machine can be installed from and to; sound, pictures and radio are not among them. */
const driverFolders = [
  ...['ata', 'block', 'cdrom', 'hid', 'hv', 'input', 'message', 'mmc', 'net', 'nvme', 'pci', 'phy', 'scsi'],
  ...['usb', 'virtio', 'xen', 'pinctrl', 'nvdimm'],
].map((name) => `kernel/drivers/${name}/`);
const noDrivers =
  /^kernel\/drivers\/(net\/(wireless|wwan|can|hamradio|wireguard|team|bonding)|usb\/(serial|gadget|misc)|input\/(joystick|touchscreen|tablet))\//;
const fileSystems = ['kernel/fs/isofs/', 'kernel/fs/nls/', 'kernel/fs/fat/'];
const indexes = [
  'alias',
  'dep',
  'softdep',
  'builtin',
  'builtin.alias',
  'order',
  'symbols',
  'devname',
  'builtin.modinfo',
];

function resolve(members: TreeIndex['members'], path: string): string[] {
  const found: string[] = [];
  for (let at: string | undefined = path, hops = 0; at !== undefined && hops < 8; hops += 1) {
    const member = members.get(at);
    if (member === undefined) return [];
    found.push(at);
    if (member.type === 'hardlink') at = member.link.replace(/^\.?\//, '');
    else if (member.type !== 'symlink') at = undefined;
    else at = target(at, member.link);
  }
  return found;
}

function target(path: string, link: string): string {
  const base = link.startsWith('/') ? [] : path.split('/').slice(0, -1);
  for (const part of link.split('/')) {
    if (part === '..') base.pop();
    else if (part !== '' && part !== '.') base.push(part);
  }
  return base.join('/');
}

function libraries({ members, needed }: TreeIndex, programs: readonly string[]): string[] {
  const chosen = new Set<string>();
  const open = [...programs.flatMap((path) => needed.get(path) ?? []), ...openedByName];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const place = libraryFolders.map((folder) => `${folder}/${name}`).find((path) => members.has(path));
    if (place === undefined) {
      if (optional.has(name)) continue;
      throw deployError('DEPLOY_FILE_ABSENT', { path: `/${libraryFolders[0]}/${name}` });
    }
    if (chosen.has(place)) continue;
    const whole = resolve(members, place);
    for (const path of whole) chosen.add(path);
    open.push(...whole.flatMap((path) => needed.get(path) ?? []));
  }
  return [...chosen];
}

/** Modules for the chosen drivers with all they depend on. Source: modules.dep(5). */
export function chooseModules(dependencies: string): string[] {
  const table = new Map<string, string[]>();
  for (const line of dependencies.split('\n')) {
    const [name, rest = ''] = line.split(':');
    if (name !== undefined && name !== '') table.set(name, rest.split(' ').filter(Boolean));
  }
  const isWanted = (name: string) =>
    [...driverFolders, ...fileSystems].some((folder) => name.startsWith(folder)) && !noDrivers.test(name);
  const chosen = new Set<string>();
  const open = [...table.keys()].filter(isWanted);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (chosen.has(name)) continue;
    chosen.add(name);
    open.push(...(table.get(name) ?? []));
  }
  // Checksums and ciphers that drivers ask for by a name, not by a symbol.
  for (const name of table.keys())
    if (/^kernel\/(crypto|arch\/x86\/crypto|lib)\/crc/.test(name)) chosen.add(name);
  return [...chosen].sort();
}

function require(members: TreeIndex['members'], path: string): string[] {
  const found = resolve(members, path);
  if (found.length === 0 && !optional.has(path))
    throw deployError('DEPLOY_FILE_ABSENT', { path: `/${path}` });
  return found;
}

/**
 * The paths of the edition's root tree that its installer is made of.
 * @throws DEPLOY_FILE_ABSENT
 */
export function chooseFiles(index: TreeIndex): ReadonlySet<string> {
  const { members, kernel } = index;
  const named = files.flatMap((path) => require(members, path));
  const whole = [...members.keys()].filter(
    (path) =>
      wholeFolders.some((folder) => path.startsWith(folder)) ||
      /^usr\/lib\/klibc-[A-Za-z0-9_-]+\.so$/.test(path),
  );
  if (!members.has('usr/lib/klibc/bin/ipconfig'))
    throw deployError('DEPLOY_FILE_ABSENT', { path: '/usr/lib/klibc/bin/ipconfig' });
  const base = `usr/lib/modules/${kernel}`;
  const tables = indexes
    .flatMap((name) => [`${base}/modules.${name}`, `${base}/modules.${name}.bin`])
    .filter((path) => members.has(path));
  const modules = chooseModules(index.moduleDependencies).map((name) => `${base}/${name}`);
  return new Set([...named, ...whole, ...libraries(index, named), ...tables, ...modules]);
}

const identities: readonly RegExp[] = [
  /^etc\/ssh\/ssh_host_.*_key/,
  /^var\/lib\/imprint-agent\//,
  /^var\/lib\/systemd\/(random-seed|credential\.secret)$/,
  /^(etc|usr\/lib|run)\/credstore(\.encrypted)?\/./,
  /^var\/lib\/dbus\/machine-id$/,
];

/** Paths that belong to one device, and so to no image. `machineId` is the content of `/etc/machine-id`. */
export function identitiesIn(paths: Iterable<string>, machineId: string): string[] {
  const found = [...paths].filter((path) => identities.some((pattern) => pattern.test(path)));
  const isNamed = !['', 'uninitialized'].includes(machineId.trim());
  return isNamed ? ['etc/machine-id', ...found] : found;
}
