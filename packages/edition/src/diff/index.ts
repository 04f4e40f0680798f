export { type ChangelogEntry, cvesBetween, parseChangelog } from './changelog.ts';
export { compareDebianVersions } from './debian-version.ts';
export { diffEditions, encodeDiff } from './diff-editions.ts';
export type { DiffContext } from './diff-packages.ts';
export type { EditionDiff, EditionState, FileChanges, PackageChange, ValueChange } from './model.ts';
export { renderDiffHtml } from './render-html.ts';
export { renderDiffText } from './render-text.ts';
