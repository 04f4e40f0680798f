import type { WindowsBuildPlan } from '../../../plan/model.ts';
import { runToolText } from '../../../tools/run-tool.ts';
import { wimlibVersion } from '../tools/wimlib.ts';
import type { ToolVersions } from './shop.ts';

async function said(argv: readonly string[], pattern: RegExp): Promise<string> {
  const text = await runToolText(argv, { accept: [0, 1] });
  return pattern.exec(text)?.[1] ?? 'unknown';
}

/** Asks the programs that decide a Windows edition's bytes for their versions. hivex says none, so dpkg is asked. */
export async function toolVersions({ outputs, steps }: WindowsBuildPlan): Promise<ToolVersions> {
  const hasCatalog = steps.some(({ actions }) => actions.some(({ kind }) => kind === 'catalog'));
  const hasIso = outputs.some(({ kind }) => kind === 'iso');
  const hivexQuery = ['dpkg-query', '--show', 'libhivex0'];
  return {
    wimlib: (await wimlibVersion()).version,
    hivex: await said(hivexQuery, /\t(\S+)$/m),
    ...(hasCatalog
      ? { osslsigncode: await said(['osslsigncode', '--version'], /^osslsigncode (\S+?),/m) }
      : {}),
    ...(hasIso ? { xorriso: await said(['xorriso', '-version'], /^xorriso (\S+)/m) } : {}),
  };
}
