import type { RecordComparison } from './model.ts';

const linesOf = (file: Buffer) =>
  file
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');

function removedLines(core: Buffer, edition: Buffer): string[] {
  const after = new Set(linesOf(edition));
  return linesOf(core).filter((line) => !after.has(line));
}

function addedLines(core: Buffer, edition: Buffer): string[] {
  const before = new Set(linesOf(core));
  return linesOf(edition).filter((line) => !before.has(line));
}

/** dpkg's trigger interests: one `name package` or `package` a line; only declared components may add some. */
export const compareTriggers: RecordComparison = (core, edition, { components }) => [
  ...removedLines(core, edition).map((line) => `"${line}" removed`),
  ...addedLines(core, edition)
    .filter((line) => !components.has(packageOfInterest(line)))
    .map((line) => `"${line}" not declared`),
];

function packageOfInterest(line: string): string {
  const last = line.split(' ').at(-1) ?? '';
  return last.replace(/\/(?:no)?await$/, '').replace(/:.*$/, '');
}

/** dpkg's diversions: none of upstream's may go, only declared components may add some. */
export const compareDiversions: RecordComparison = (core, edition, { components }) => {
  const records = (file: Buffer) => {
    const lines = linesOf(file);
    return Array.from({ length: Math.floor(lines.length / 3) }, (_, at) =>
      lines.slice(at * 3, at * 3 + 3).join('\n'),
    );
  };
  const [before, after] = [records(core), records(edition)];
  const first = (record: string) => record.split('\n')[0] ?? '';
  return [
    ...before
      .filter((record) => !after.includes(record))
      .map((record) => `diversion of ${first(record)} removed`),
    ...after
      .filter((record) => !before.includes(record) && !components.has(record.split('\n')[2] ?? ''))
      .map((record) => `diversion of ${first(record)} not declared`),
  ];
};

/** An alternative: upstream's choices stay as they are, further ones must lead to files the edition brings. */
export const compareAlternative: RecordComparison = (core, edition, { isOverlay }) => [
  ...removedLines(core, edition).map((line) => `"${line}" removed`),
  ...addedLines(core, edition)
    .filter((line) => line.startsWith('/') && !isOverlay(line))
    .map((line) => `"${line}" not of the edition`),
];

function compareNamedLines(
  core: Buffer,
  edition: Buffer,
  problemOf: (line: string) => string | undefined,
): string[] {
  const nameOf = (line: string) => line.split(':')[0] ?? '';
  return [
    ...removedLines(core, edition).map((line) => `account ${nameOf(line)} changed`),
    ...addedLines(core, edition).flatMap((line) => {
      const problem = /^[a-z_][a-z0-9_.-]*:/.test(line) ? problemOf(line) : 'has no valid name';
      return problem === undefined ? [] : [`account ${nameOf(line)} ${problem}`];
    }),
  ];
}

/** `passwd` and `group`: upstream's lines stay as they are; further ones never have user or group id 0. */
export const compareAccounts: RecordComparison = (core, edition) =>
  compareNamedLines(core, edition, (line) => (/^[^:]*:[^:]*:0+:/.test(line) ? 'has id 0' : undefined));

/** `shadow` and `gshadow`: upstream's lines stay as they are; further ones let nobody in without a password. */
export const compareShadow: RecordComparison = (core, edition) =>
  compareNamedLines(core, edition, (line) => (/^[^:]*::/.test(line) ? 'has an empty password' : undefined));

/** `subuid` and `subgid`: upstream's lines stay as they are. */
export const compareSubordinateIds: RecordComparison = (core, edition) =>
  compareNamedLines(core, edition, () => undefined);
