import { openContentStore } from '@imprint/edition';
import {
  type Candidate,
  type FullReview,
  findCandidate,
  loadCandidate,
  type PinnedRoot,
  readRoot,
  releasePaths,
  reviewCandidate,
} from '../rooms/release/index.ts';
import type { Argument, Input } from './command.ts';

export const candidateArgument: Argument = {
  name: 'CANDIDATE',
  summary: {
    en: 'its id below release/candidates, or the path of its directory',
    'zh-CN': 'release/candidates 下的编号，或其目录路径',
  },
};

/** The root this party has pinned: `--root FILE`, else the one of the state directory. */
export function pinnedRoot(input: Input): Promise<PinnedRoot> {
  const given = input.text('root');
  const { context } = input;
  return readRoot(given === undefined ? releasePaths(context.home).root : context.path(given));
}

/** The candidate a command names, read once. */
export async function namedCandidate(input: Input): Promise<Candidate> {
  const { context } = input;
  const name = input.argument('CANDIDATE');
  const place = name.includes('/') || name.startsWith('.') ? context.path(name) : name;
  return loadCandidate(await findCandidate(releasePaths(context.home).candidates, place));
}

/** The candidate, the pinned root, and what this machine derives of them. */
export async function reviewedCandidate(
  input: Input,
): Promise<{ candidate: Candidate; root: PinnedRoot; review: FullReview }> {
  const root = await pinnedRoot(input);
  const candidate = await namedCandidate(input);
  return {
    candidate,
    root,
    review: await reviewCandidate(candidate, root, openContentStore(input.context.home.store)),
  };
}
