import type { CommandRunner } from '../../files/command.ts';
import { isRecord, parseJson } from '../../state/json.ts';

const program = 'WindowsPowerShell\\v1.0\\powershell.exe';
const mark = 'IMPRINT:';

/**
 * The script that runs `body` with `$given` and prints what it yields as one marked line. The argument travels as
 * base64 of JSON: no character of it is ever read as PowerShell.
 */
export function powershellScript(body: string, given: unknown): string {
  const json = Buffer.from(JSON.stringify(given ?? null)).toString('base64');
  return [
    "$ErrorActionPreference = 'Stop'",
    "$ProgressPreference = 'SilentlyContinue'",
    '[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false',
    `$given = ConvertFrom-Json ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${json}')))`,
    `$yield = @(& { ${body} })`,
    `'${mark}' + (ConvertTo-Json -Compress -Depth 4 -InputObject @{ yield = $yield })`,
  ].join('\n');
}

/** What the marked line of a script's output yields; undefined without one, whatever the exit code says. */
export function yieldOf(stdout: string): readonly unknown[] | undefined {
  const line = stdout.split(/\r?\n/).find((candidate) => candidate.startsWith(mark));
  const value = line === undefined ? undefined : parseJson(Buffer.from(line.slice(mark.length)));
  return isRecord(value) && Array.isArray(value.yield) ? value.yield : undefined;
}

export type PowerShell = (
  body: string,
  given?: unknown,
  timeoutMs?: number,
) => readonly unknown[] | undefined;

/** Windows PowerShell 5.1 without profile or questions. */
export const openPowerShell =
  (run: CommandRunner): PowerShell =>
  (body, given, timeoutMs = 120_000) => {
    const encoded = Buffer.from(powershellScript(body, given), 'utf16le').toString('base64');
    const args = ['-NoLogo', '-NoProfile', '-NonInteractive', '-EncodedCommand', encoded];
    const answer = run(program, args, { timeoutMs });
    return answer === undefined ? undefined : yieldOf(answer.stdout);
  };
