export { rootThumbprints } from './checklist/checklist-data.ts';
export { ingestChecklist } from './checklist/ingest-checklist.ts';
export type { ChecklistCheck } from './checklist/judgement.ts';
export type { ChecklistSubject } from './checklist/model.ts';
export { checklistFileName, renderChecklist } from './checklist/render-script.ts';
export { type ImageFinding, verifyWimBuild } from './integrity/verify-wim.ts';
export { resolveWindowsLock } from './lock/resolve-windows-lock.ts';
export { planWindows } from './plan/plan-windows.ts';
export { pressWindows } from './press/press-windows.ts';
