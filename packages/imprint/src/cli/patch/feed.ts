import { join } from 'node:path';
import type { SeverityFeed } from '@imprint/edition';
import { largestFeedBytes, parseSeverityFeed } from '@imprint/edition';
import type { Context } from '../context.ts';
import { exists } from '../exists.ts';
import { readBounded } from '../read-file.ts';

/** Where the severities that were carried in are kept. */
export function feedFile({ home }: Pick<Context, 'home'>): string {
  return join(home.directory, 'patch', 'severity-feed.json');
}

/** The severities that were last imported, with when; undefined before the first import. */
export async function importedFeed(context: Context): Promise<SeverityFeed | undefined> {
  const file = feedFile(context);
  if (!(await exists(file))) return undefined;
  const bytes = await readBounded(file, largestFeedBytes);
  const { importedAt } = JSON.parse(bytes.toString('utf8')) as { importedAt?: string };
  return { ...parseSeverityFeed(bytes, file), ...(importedAt === undefined ? {} : { importedAt }) };
}
