import type { Command } from '../command.ts';
import { bashCompletion } from '../completion.ts';

/** The command that prints the completion script of a list that holds it too. */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: { en: 'print the bash completion script', 'zh-CN': '输出 bash 补全脚本' },
    args: [],
    flags: [],
    examples: [
      {
        line: 'imprint completion > /etc/bash_completion.d/imprint',
        summary: { en: 'install it for everyone', 'zh-CN': '为所有用户安装' },
      },
    ],
    run: async () => {
      const text = bashCompletion(commands());
      return { data: { shell: 'bash', script: text.join('\n') }, text };
    },
  };
}
