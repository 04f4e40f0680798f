export { explainPlan, type KnownLayers, type PlanExplanation, type StepExplanation } from './explain.ts';
export type { Action, BuildPlan, BuildProfile, OutputKind, PlannedOutput, PlanStep } from './model.ts';
export { type PlanOptions, planBuild, planSha256 } from './plan-build.ts';
export { describeAction, renderPlan } from './render.ts';
