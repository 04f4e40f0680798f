export * from './encode/index.ts';
export type { PatchScan, SeverityFeed } from './model.ts';
export { renderScan } from './render-text.ts';
export { type ScanOptions, scanPatches } from './scan.ts';
export { largestFeedBytes, parseSeverityFeed } from './severity-feed.ts';
