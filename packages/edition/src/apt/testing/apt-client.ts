import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../tools/run-tool.ts';

/** A device in small: an unmodified apt and dpkg with a root of its own. */
export interface AptClient {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a program with this client's apt configuration; all it printed, and its exit code. */
  run(...argv: string[]): Promise<{ exitCode: number; text: string }>;
  status(): Promise<string>;
}

/** Makes a client that knows one suite and trusts one keyring. */
export async function aptClient(
  root: string,
  source: { readonly url: string; readonly suite: string; readonly keyring: string },
  settings: readonly string[] = [],
): Promise<AptClient> {
  const below = [
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'etc/apt/sources.list.d',
    'etc/apt/trusted.gpg.d',
  ];
  const state = ['var/lib/apt/lists/partial', 'var/lib/dpkg/info', 'var/lib/dpkg/updates'];
  const others = ['var/run', 'var/cache/apt/archives/partial', 'var/log/apt', 'var/lib/dpkg/triggers'];
  for (const path of [...below, ...state, ...others]) await mkdir(join(root, path), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/status'), '');
  // Its own copy: a client keeps the key it was given.
  await cp(source.keyring, join(root, 'etc/apt/key.pgp'));
  await writeFile(
    join(root, 'etc/apt/sources.list'),
    `deb [signed-by=${root}/etc/apt/key.pgp] ${source.url} ${source.suite} main\n`,
  );
  const conf = join(root, 'apt.conf');
  const lines = [
    `Dir "${root}/";`,
    `Dir::State::status "${root}/var/lib/dpkg/status";`,
    `DPkg::Options { "--root=${root}"; "--force-not-root"; "--log=${root}/var/log/dpkg.log"; };`,
    'APT::Architecture "amd64"; #clear APT::Architectures; APT::Architectures { "amd64"; };',
    'APT::Sandbox::User "root"; Acquire::Languages "none"; APT::Get::Assume-Yes "true"; Acquire::Retries "0";',
    'APT::Update::Error-Mode "any";',
    ...settings,
  ];
  await writeFile(conf, `${lines.join('\n')}\n`);
  const environment = { APT_CONFIG: conf };
  return {
    root,
    environment,
    run: async (...argv) => {
      let text = '';
      const onLine = (line: string) => {
        text += `${line}\n`;
      };
      const accept = Array.from({ length: 256 }, (_, code) => code);
      const { exitCode } = await runTool(argv, { env: environment, onLine, accept });
      return { exitCode, text };
    },
    status: () => readFile(join(root, 'var/lib/dpkg/status'), 'utf8'),
  };
}
