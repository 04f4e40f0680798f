import type { FirstBootPlan, FirstBootStep, LocalizedText, WindowsLock } from '@imprint/protocol';
import { agentTaskName } from '../data/agent-task.ts';
import { carriedWindowsPolicies } from '../data/policies/index.ts';
import {
  agentOf,
  componentPayload,
  inputPayload,
  inputsOf,
  installerKind,
  type LockedComponent,
  lockedComponents,
  type WindowsStepContext,
} from './context.ts';
import { windowsPlanError } from './errors.ts';

const both = (en: string, zh: string): LocalizedText => ({ en, 'zh-CN': zh });
const baseNameOf = (file: string) => file.replace(/^.*\//, '');

function updateSteps(lock: WindowsLock): FirstBootStep[] {
  const inputs = inputsOf(lock, 'update');
  return (lock.manifest.base.windows.updates ?? []).flatMap((file, index) => {
    const input = inputs.find(({ name }) => name === baseNameOf(file));
    if (input === undefined) return [];
    return {
      id: `update:${input.name}`,
      title: both(`Install the vendor's update ${input.name}`, `安装厂商更新 ${input.name}`),
      source: `manifest#/base/windows/updates/${index}`,
      action: { kind: 'install-update', file: inputPayload(input), sha256: input.sha256 },
    };
  });
}

function languageSteps(lock: WindowsLock): FirstBootStep[] {
  const inputs = inputsOf(lock, 'language-pack');
  return (lock.manifest.base.windows.languagePacks ?? []).flatMap(({ language, file }, index) => {
    const input = inputs.find(({ name }) => name === baseNameOf(file));
    if (input === undefined) return [];
    return {
      id: `language:${language}`,
      title: both(`Add the language ${language}`, `添加语言 ${language}`),
      source: `manifest#/base/windows/languagePacks/${index}`,
      action: { kind: 'add-language-pack', language, file: inputPayload(input), sha256: input.sha256 },
    };
  });
}

function componentStep(locked: LockedComponent): FirstBootStep[] {
  const { component, input, pointer } = locked;
  const { name, installer, securityCenterName } = component;
  if (installer === undefined || component.role === 'agent') return [];
  return [
    {
      id: `component:${name}`,
      title: both(`Install ${name}`, `安装 ${name}`),
      source: pointer,
      action: {
        kind: 'install-component',
        component: name,
        installer: installerKind(locked),
        arguments: [...installer.arguments],
        file: componentPayload(locked),
        sha256: input.sha256,
        ...(securityCenterName === undefined ? {} : { securityCenterName }),
      },
    },
  ];
}

function componentSteps(lock: WindowsLock): FirstBootStep[] {
  const all = lockedComponents(lock);
  const isAntivirus = ({ component }: LockedComponent) => component.role === 'antivirus';
  return [...all.filter(isAntivirus), ...all.filter((one) => !isAntivirus(one))].flatMap(componentStep);
}

function removalSteps({ manifest }: WindowsLock): FirstBootStep[] {
  return (manifest.remove ?? []).map((packageFamilyName, index) => ({
    id: `remove:${packageFamilyName}`,
    title: both(`Remove ${packageFamilyName}`, `移除 ${packageFamilyName}`),
    source: `manifest#/remove/${index}`,
    action: { kind: 'remove-provisioned-app', packageFamilyName },
  }));
}

function policySteps(lock: WindowsLock): FirstBootStep[] {
  return carriedWindowsPolicies(lock).flatMap(({ id, firstBoot }) => {
    if (firstBoot === undefined) return [];
    const { id: step, title, action } = firstBoot;
    return [{ id: step, title, source: `manifest#/policy/${id}`, action }];
  });
}

/** The task comes first: whenever the power goes, the next start finds an agent that continues. */
function taskSteps(lock: WindowsLock): FirstBootStep[] {
  const agent = agentOf(lock);
  if (agent === undefined) return [];
  return [
    {
      id: 'agent-task',
      title: both("Register the agent's scheduled task", '注册代理的计划任务'),
      source: agent.pointer,
      action: { kind: 'register-agent-task', name: agentTaskName },
    },
  ];
}

/**
 * What is left to the device, in order: the agent's own task, the vendor's updates and languages, components with the
 * antivirus before all others, removals, accounts. Declared, never done here.
 *
 * @throws WINDOWS_PLAN_AGENT_MISSING, WINDOWS_PLAN_INSTALLER, WINDOWS_PLAN_POLICY_UNSUPPORTED
 */
export function firstBootPlan({ lock, lockSha256 }: WindowsStepContext): FirstBootPlan {
  const steps = [
    ...taskSteps(lock),
    ...updateSteps(lock),
    ...languageSteps(lock),
    ...componentSteps(lock),
    ...removalSteps(lock),
    ...policySteps(lock),
  ];
  if (steps.length > 0 && agentOf(lock) === undefined)
    throw windowsPlanError('WINDOWS_PLAN_AGENT_MISSING', { count: steps.length });
  const { edition, version } = lock;
  return { schema: 'imprint/first-boot/v1', edition, version, lockSha256, steps };
}
