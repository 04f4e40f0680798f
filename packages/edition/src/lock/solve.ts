import { isImprintError } from '@imprint/protocol';
import { type Apt, runApt } from './apt.ts';

/** The solver's answer: versions by name, or its own words on why there is none. */
export type Solution = { readonly installed: ReadonlyMap<string, string> } | { readonly refusal: string };

/** Reads `Inst name (version archive [arch])` lines. Source: apt-get(8), --simulate. */
function installedOf(text: string): Map<string, string> {
  const installed = new Map<string, string>();
  for (const match of text.matchAll(/^Inst ([^\s:]+)(?::\S+)? (?:\[[^\]]*\] )?\((\S+) /gm))
    if (match[1] !== undefined && match[2] !== undefined) installed.set(match[1], match[2]);
  return installed;
}

/** The lines that say what excludes what, without apt's general remarks. */
function refusalOf(text: string): string {
  const unmet = text.split('The following packages have unmet dependencies:\n')[1]?.split(/^[A-Z]:/m)[0];
  const errors = [...text.matchAll(/^E: (.*)$/gm)].map((match) => match[1]);
  return (unmet ?? errors.join('; ')).replace(/\s+/g, ' ').trim().slice(0, 600);
}

/** Asks apt what installing these names (`name`, `name=version` or a package file) on an empty system would bring. */
export async function solve(apt: Apt, names: readonly string[]): Promise<Solution> {
  let text = '';
  const onLine = (line: string) => {
    text += `${line}\n`;
  };
  const argv = ['apt-get', 'install', '--simulate', '--no-install-recommends', ...names];
  try {
    await runApt(apt, argv, { onLine });
    return { installed: installedOf(text) };
  } catch (error) {
    if (isImprintError(error, 'TOOL_FAILED')) return { refusal: refusalOf(text) };
    throw error;
  }
}
