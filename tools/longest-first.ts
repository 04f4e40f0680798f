import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes, the longest first: begun last, one of these would be waited for alone. */
const long = ['journeys/spine.test.ts', 'journeys/'];

function rank({ moduleId }: TestSpecification): number {
  const found = long.findIndex((part) => moduleId.includes(`/test/${part}`));
  return found === -1 ? long.length : found;
}

/** The usual order, but for journeys, which begin first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    return usual.sort((one, other) => rank(one) - rank(other));
  }
}
