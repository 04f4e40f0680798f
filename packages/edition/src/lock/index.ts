export { type FetchOptions, fetchLocked } from './fetch-locked.ts';
export { encodeLock, lockSha256, readLock, writeLock } from './lock-file.ts';
export type { ResolveOptions } from './model.ts';
export { resolveLock } from './resolve-lock.ts';
