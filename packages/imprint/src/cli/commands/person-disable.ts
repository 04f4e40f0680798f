import type { Command } from '../command.ts';
import { personOf } from '../person.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';

export const personDisable: Command = {
  name: 'person disable',
  summary: {
    en: 'end the sessions of a person and open no new one',
    'zh-CN': '结束人员的会话并禁止再次登录',
  },
  args: [{ name: 'LOGIN', summary: { en: 'what they sign in as', 'zh-CN': '登录名' } }],
  flags: [
    { name: 'undo', type: 'boolean', summary: { en: 'enable them again', 'zh-CN': '重新启用' } },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    { line: 'imprint person disable li.wei', summary: { en: 'somebody who left', 'zh-CN': '离任人员' } },
  ],
  async run(input) {
    const login = input.argument('LOGIN');
    const person = await personOf(input, login);
    const isUndo = input.has('undo');
    const route = `POST /v1/people/${person.id}/${isUndo ? 'enable' : 'disable'}` as const;
    const data = await changeOnServer(input, route);
    const text = isUndo
      ? { en: `${login} is enabled`, 'zh-CN': `${login} 已启用` }
      : { en: `${login} is disabled`, 'zh-CN': `${login} 已停用` };
    return { data, text: [input.context.say(text), ...dryRunLines(input)] };
  },
};
