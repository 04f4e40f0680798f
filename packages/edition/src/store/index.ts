export {
  type ContentStore,
  openContentStore,
  type PartialBlob,
  type StoredBlob,
  type TemporaryBlob,
} from './content-store.ts';
export { publishFile, sha256OfFile, syncDirectory, writeFileDurably } from './durable.ts';
export { guardSpace } from './errors.ts';
