import { inflateSync } from 'node:zlib';
import { patchError } from './errors.ts';
import { type Severity, type SeverityFeed, severities } from './model.ts';

/** Largest feed read, bytes; Debian's tracker as JSON is the largest in use. */
export const largestFeedBytes = 256 * 1024 * 1024;

const isCve = (id: string) => /^CVE-[0-9]{4}-[0-9]{4,}$/.test(id);
const isSeverity = (text: unknown): text is Severity => severities.includes(text as Severity);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Found = Map<string, Severity>;

/** Several statements about one CVE: the gravest counts. */
function keepGravest(found: Found, id: string, severity: Severity): void {
  const known = found.get(id);
  if (known === undefined || severities.indexOf(known) < severities.indexOf(severity))
    found.set(id, severity);
}

/** Source: Debian security tracker, `/tracker/data/json`: package, CVE, release, urgency. */
function readTracker(packages: Record<string, unknown>): Found {
  const found: Found = new Map();
  for (const entries of Object.values(packages))
    for (const [id, entry] of Object.entries(isRecord(entries) ? entries : {}))
      for (const release of Object.values(
        isRecord(entry) && isRecord(entry.releases) ? entry.releases : {},
      )) {
        const urgency = isRecord(release) ? String(release.urgency).replace(/\*+$/, '') : '';
        if (isCve(id) && isSeverity(urgency)) keepGravest(found, id, urgency);
      }
  return found;
}

function readOwn(stated: Record<string, unknown>): Found {
  return new Map(
    Object.entries(stated).flatMap(([id, severity]) =>
      isCve(id) && isSeverity(severity) ? [[id, severity] as const] : [],
    ),
  );
}

const urgencies: Readonly<Record<string, Severity>> = { L: 'low', M: 'medium', H: 'high' };

/** Source: debsecan, `VERSION 1`: names, an empty line, then package, number of the name, flags. */
function readDebsecan(text: string): Found {
  const [names = '', entries = ''] = text.slice(text.indexOf('\n') + 1).split('\n\n');
  const ids = names.split('\n').map((line) => line.split(',', 1)[0] ?? '');
  const found: Found = new Map();
  for (const line of entries.split('\n')) {
    const [, number, flags] = line.split(',', 3);
    const [id, severity] = [ids[Number(number)], urgencies[flags?.[1] ?? '']];
    if (id !== undefined && severity !== undefined && isCve(id)) keepGravest(found, id, severity);
  }
  return found;
}

function textOf(bytes: Uint8Array, file: string): string {
  // zlib's first byte, which no text begins with. Source: RFC 1950 §2.2.
  if (bytes[0] !== 0x78) return Buffer.from(bytes).toString('utf8');
  try {
    return inflateSync(bytes, { maxOutputLength: largestFeedBytes }).toString('utf8');
  } catch (cause) {
    throw patchError('PATCH_FEED_INVALID', { file, got: 'damaged or too large compressed data' }, { cause });
  }
}

/**
 * Reads severities in one of three forms: our own, Debian's tracker as JSON, or a debsecan list. `date` says when they
 * were stated where the file does not.
 *
 * @throws PATCH_FEED_INVALID, also when no severity is in it: an empty feed would look like good news
 */
export function parseSeverityFeed(bytes: Uint8Array, file: string, date?: Date): SeverityFeed {
  const invalid = (got: string, cause?: unknown) =>
    patchError('PATCH_FEED_INVALID', { file, got }, { cause });
  const text = textOf(bytes, file);
  const read = (): { source: string; found: Found; date: string | undefined } => {
    if (text.startsWith('VERSION 1\n'))
      return { source: 'debsecan', found: readDebsecan(text), date: undefined };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw invalid('neither JSON nor a debsecan list', cause);
    }
    if (!isRecord(value)) throw invalid('another document');
    if (value.schema !== 'imprint/severity-feed/v1')
      return { source: 'security tracker', found: readTracker(value), date: undefined };
    const stated = isRecord(value.severities) ? value.severities : {};
    const own =
      typeof value.date === 'string' && !Number.isNaN(Date.parse(value.date)) ? value.date : undefined;
    return { source: String(value.source ?? 'unnamed').slice(0, 200), found: readOwn(stated), date: own };
  };
  const { source, found, date: own } = read();
  if (found.size === 0) throw invalid('no severity at all');
  const statedAt = own ?? date?.toISOString();
  return {
    schema: 'imprint/severity-feed/v1',
    source,
    ...(statedAt === undefined ? {} : { date: new Date(statedAt).toISOString() }),
    severities: Object.fromEntries([...found].sort()),
  };
}
