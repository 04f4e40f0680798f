export { decodeIndex, encodeIndex, readIndex, writeIndex } from './codec.ts';
export { comparePaths, sortEntries, type TreeEntry, type TreeEntryType } from './entry.ts';
export { treeErrors } from './errors.ts';
export { hashFileSync } from './hash.ts';
export { type IndexOptions, indexTree } from './index-tree.ts';
export { type LayerIndex, type MergedEntry, type MergedTree, mergeIndexes } from './merge.ts';
