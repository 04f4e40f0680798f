export { type ImageFinding, verifyWimBuild } from './integrity/verify-wim.ts';
export { resolveWindowsLock } from './lock/resolve-windows-lock.ts';
export { windowsFiles } from './locked-files.ts';
export { planWindows } from './plan/plan-windows.ts';
export { pressWindows } from './press/press-windows.ts';
