export * from './antivirus/index.ts';
export * from './apt/index.ts';
export * from './deploy/index.ts';
export * from './diff/index.ts';
export {
  type ChecklistCheck,
  type ChecklistSubject,
  checklistFileName,
  type ImageFinding,
  ingestChecklist,
  renderChecklist,
  rootThumbprints,
  verifyWimBuild,
} from './drivers/windows/index.ts';
export * from './engine/index.ts';
export { editionErrors } from './errors.ts';
export * from './evidence/index.ts';
export * from './lock/index.ts';
export * from './manifest/index.ts';
export * from './packs/index.ts';
export * from './patch/index.ts';
export * from './plan/index.ts';
export { beginStage, type ProgressEvent, type Reporter, type Stage, silentReporter } from './progress.ts';
export * from './store/index.ts';
export {
  runTool,
  runToolText,
  type ToolOptions,
  type ToolResult,
  toolEnvironment,
} from './tools/run-tool.ts';
export * from './tree/index.ts';
