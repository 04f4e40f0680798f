import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { agencyLabels } from '../licence.ts';
import { allPeople } from '../person.ts';
import { serverFlag } from '../texts.ts';

export const personList: Command = {
  name: 'person list',
  summary: { en: 'list people and their roles', 'zh-CN': '列出人员及其角色' },
  args: [],
  flags: [serverFlag],
  examples: [{ line: 'imprint person list', summary: { en: 'who may do what', 'zh-CN': '查看权限归属' } }],
  async run(input) {
    const people = await allPeople(input);
    const labelOf = await agencyLabels(input);
    const { say } = input.context;
    const disabled = say({ en: 'disabled', 'zh-CN': '已停用' });
    return {
      data: { people },
      text: [
        say({ en: `people (${people.length})`, 'zh-CN': `人员（${people.length}）` }),
        ...columns(
          people.map((person) => [
            `${person.login}  ${person.name}`,
            [
              labelOf(person.agencyId),
              ...(person.disabledAt === undefined ? [] : [disabled]),
              ...person.grants.map(({ role, agencyId }) => `${role}@${labelOf(agencyId)}`),
            ].join('  '),
          ]),
        ),
      ],
    };
  },
};
