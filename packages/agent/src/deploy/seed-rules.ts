import { installError } from './errors.ts';

/** What a provisioning volume may hand over, by the name of the credential it becomes. */
const credentialOf: Readonly<Record<string, string>> = {
  server: 'imprint.server',
  'enrol-token': 'imprint.enrol-token',
  'device-class': 'imprint.device-class',
};

const scalar = (text: string): string | undefined => {
  const trimmed = text.trim();
  const quoted = /^(["'])([^"'\\]*)\1$/.exec(trimmed)?.[2];
  return quoted ?? (/^[^\s#&*!|>{}[\]"'%@`,][^\s#{}[\]"']*$/.test(trimmed) ? trimmed : undefined);
};

/**
 * Reads the block `imprint:` of a cloud-config: plain `key: value` lines, nothing else of YAML. Keys that are not ours, and
 * whatever else the file says, are left to others.
 * @throws AGENT_SEED_MALFORMED
 */
export function readSeed(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => /^imprint:\s*(#.*)?$/.test(line));
  if (start < 0) return found;
  for (const [index, line] of lines.entries()) {
    if (index <= start || /^\s*(#.*)?$/.test(line)) continue;
    const match = /^\s+([a-z-]+):\s*(\S.*)$/.exec(line);
    if (/^\S/.test(line)) break;
    const value = match === null ? undefined : scalar(match[2] ?? '');
    if (match === null || value === undefined)
      throw installError('AGENT_SEED_MALFORMED', { line: index + 1 });
    const name = credentialOf[match[1] ?? ''];
    if (name !== undefined) found.set(name, value);
  }
  return found;
}

/** The same text without its enrolment token, whose place is marked. */
export function withoutToken(text: string): string {
  return text.replace(/^(\s+)enrol-token:.*$/gm, '$1# enrol-token: used');
}
