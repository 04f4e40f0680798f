import { type FirstBootAction, type FirstBootActionKind, windowsDevicePaths } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { readBounded } from '../files/durable.ts';
import type { WindowsSystem } from '../platform/model.ts';
import { checkedPayload } from './payload.ts';
import type { Attempt, Seen } from './plan.ts';
import { installedPrograms } from './programs.ts';

export interface StepContext {
  readonly device: Device;
  readonly windows: WindowsSystem;
  readonly attempt: Attempt | undefined;
}

type ActionOf<K extends FirstBootActionKind> = Extract<FirstBootAction, { kind: K }>;

/** How a kind of step is seen, and how it is done. `perform` says what it registered; whether it worked is seen. */
export interface StepExecutor<K extends FirstBootActionKind> {
  readonly look: (action: ActionOf<K>, context: StepContext) => Seen;
  readonly perform: (action: ActionOf<K>, context: StepContext) => readonly string[] | undefined;
}

const ok: Seen = { state: 'ok' };
const failing = (en: string, zh: string): Seen => ({ state: 'failing', reason: { en, zh } });
const unknown = (en: string, zh: string): Seen => ({ state: 'unknown', reason: { en, zh } });
const noAnswer = (what: string): Seen => unknown(`${what} does not answer`, `${what} 无应答`);

/** `Name_1.0.0.0_x64__publisher` → `Name_publisher`. Source: package identity, Microsoft's documentation. */
const familyOf = (fullName: string): string => {
  const parts = fullName.split('_');
  return `${parts[0] ?? ''}_${parts.at(-1) ?? ''}`;
};

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const removeProvisionedApp: StepExecutor<'remove-provisioned-app'> = {
  look: ({ packageFamilyName }, { windows }) => {
    const found = windows.packages.applications();
    if (found === undefined) return noAnswer('AppX');
    const still = found.filter((name) => sameText(familyOf(name), packageFamilyName));
    return still.length === 0 ? ok : failing(`${still.join(', ')} is here`, `${still.join(', ')} 仍存在`);
  },
  perform: ({ packageFamilyName }, { windows }) => {
    windows.packages.removeApplication(packageFamilyName);
    return undefined;
  },
};

const addLanguagePack: StepExecutor<'add-language-pack'> = {
  look: ({ language }, { windows }) => {
    const languages = windows.packages.languages();
    if (languages === undefined) return noAnswer('CIM');
    if (languages.some((one) => sameText(one, language))) return ok;
    return failing(
      `expected ${language}, got ${languages.join(', ')}`,
      `应有 ${language}，实际为 ${languages.join(', ')}`,
    );
  },
  perform: ({ file, sha256 }, { device, windows }) => {
    windows.packages.add(checkedPayload(device, file, sha256));
    return undefined;
  },
};

const installUpdate: StepExecutor<'install-update'> = {
  look: ({ file }, { windows }) => {
    const number = /kb\d{6,8}/i.exec(file)?.[0].toUpperCase();
    if (number === undefined) {
      return unknown(
        `the name ${file} states no KB number to look for`,
        `文件名 ${file} 未含可查询的 KB 编号`,
      );
    }
    const updates = windows.packages.updates();
    if (updates === undefined) return noAnswer('CIM');
    return updates.includes(number) ? ok : failing(`${number} is not listed`, `未列出 ${number}`);
  },
  perform: ({ file, sha256 }, { device, windows }) => {
    windows.packages.add(checkedPayload(device, file, sha256));
    return undefined;
  },
};

function lookForAntivirus(name: string, windows: WindowsSystem): Seen {
  const products = windows.securityCenter();
  if (products === undefined) return noAnswer('Security Center');
  const product = products.find((one) => sameText(one.name, name));
  if (product === undefined)
    return failing(`Security Center does not name ${name}`, `安全中心未列出 ${name}`);
  return product.isOn ? ok : failing(`Security Center: ${name} is off`, `安全中心：${name} 未开启`);
}

const installComponent: StepExecutor<'install-component'> = {
  look: ({ component, securityCenterName }, { windows, attempt }) => {
    if (securityCenterName !== undefined) return lookForAntivirus(securityCenterName, windows);
    const programs = installedPrograms(windows.registry);
    if (programs === undefined) return unknown('programs could not be listed', '无法列出已安装程序');
    const isThere = programs.some(
      ({ key, name }) => sameText(name, component) || attempt?.registered?.includes(key) === true,
    );
    if (isThere) return ok;
    return failing(`${component} is not among the installed programs`, `已安装程序中没有 ${component}`);
  },
  perform: ({ installer, arguments: args, file, sha256 }, { device, windows }) => {
    const path = checkedPayload(device, file, sha256);
    const before = new Set(installedPrograms(windows.registry)?.map(({ key }) => key));
    windows.install(installer, path, installer === 'msi' ? [...args, '/norestart'] : args);
    return installedPrograms(windows.registry)
      ?.map(({ key }) => key)
      .filter((key) => !before.has(key));
  },
};

const setPasswordLength: StepExecutor<'set-password-length'> = {
  look: ({ minimum }, { windows }) => {
    const length = windows.accounts.minimumPasswordLength();
    if (length === undefined) return noAnswer('secedit');
    return length >= minimum
      ? ok
      : failing(`expected ${minimum}, got ${length}`, `应为 ${minimum}，实际为 ${length}`);
  },
  perform: ({ minimum }, { windows }) => {
    windows.accounts.setMinimumPasswordLength(minimum);
    return undefined;
  },
};

const disableAdministrator: StepExecutor<'disable-administrator'> = {
  look: (_action, { windows }) => {
    const isDisabled = windows.accounts.isAdministratorDisabled();
    if (isDisabled === undefined) return noAnswer('CIM');
    return isDisabled ? ok : failing('the built-in administrator is enabled', '内置管理员已启用');
  },
  perform: (_action, { windows }) => {
    windows.accounts.disableAdministrator();
    return undefined;
  },
};

const textOf = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];

const registerAgentTask: StepExecutor<'register-agent-task'> = {
  look: ({ name }, { windows }) => {
    const definition = windows.tasks.definition(name);
    if (definition === 'unreadable') return noAnswer('Task Scheduler');
    if (definition === 'absent') return failing(`no task ${name}`, `没有任务 ${name}`);
    const runsAgent = textOf(definition, 'Command')?.endsWith('imprint-agent.exe') === true;
    const isDisabled = /<Settings>[\s\S]*<Enabled>false<\/Enabled>[\s\S]*<\/Settings>/.test(definition);
    if (runsAgent && !isDisabled) return ok;
    return failing(`task ${name} does not run the agent`, `任务 ${name} 未运行代理`);
  },
  perform: ({ name }, { device, windows }) => {
    const file = windowsDevicePaths.task;
    const definition = readBounded(at(device, file), 64 * 1024);
    if (definition === undefined) throw agentError('AGENT_SETTINGS_MISSING', { file });
    windows.tasks.register(name, definition.toString('utf8').replace(/^\ufeff/, ''));
    return undefined;
  },
};

export const stepExecutors: { readonly [K in FirstBootActionKind]: StepExecutor<K> } = {
  'remove-provisioned-app': removeProvisionedApp,
  'add-language-pack': addLanguagePack,
  'install-update': installUpdate,
  'install-component': installComponent,
  'set-password-length': setPasswordLength,
  'disable-administrator': disableAdministrator,
  'register-agent-task': registerAgentTask,
};
