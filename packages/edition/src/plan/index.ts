export { explainPlan, type KnownLayers, type PlanExplanation, type StepExplanation } from './explain.ts';
export { planSha256 } from './key.ts';
export {
  type Action,
  type BuildPlan,
  type BuildProfile,
  type DebianBuildPlan,
  isWindowsPlan,
  type OutputKind,
  type PlannedOutput,
  type PlanStep,
  type WindowsBuildPlan,
} from './model.ts';
export { planBuild } from './plan-build.ts';
export { describeAction, renderPlan } from './render.ts';
