import { applyPolicy } from '../apply-policy/apply.ts';
import { alignRows } from '../cli/columns.ts';
import type { Command } from '../cli/command.ts';
import { withDeviceLock } from '../state/lock.ts';

export const applyPolicyCommand: Command = {
  name: 'apply-policy',
  summary: {
    en: 'set the registry policies of the edition that have drifted (Windows); exit 1 if one is not observed then',
    'zh-CN': '重新设置已偏离的版本注册表策略（Windows）；若之后未观察到则退出码为 1',
  },
  flags: [
    {
      name: 'dry-run',
      type: 'boolean',
      summary: { en: 'say what would be set, set nothing', 'zh-CN': '仅说明将设置的内容，不设置' },
    },
  ],
  run: ({ device, flags, say }) =>
    withDeviceLock(device, async () => {
      const dryRun = flags['dry-run'] === true;
      const edits = applyPolicy(device, { dryRun });
      const word = (isObserved: boolean) => {
        if (dryRun) return say('would set', '将设置');
        return isObserved ? say('set', '已设置') : say('not set', '未设置');
      };
      const rows = edits.map(({ policy, key, name, value, isObserved }) => [
        word(isObserved),
        policy,
        `${key}\\${name} = ${value.type} ${value.text}`,
      ]);
      const isDone = edits.every(({ isObserved }) => isObserved);
      return { data: edits, text: alignRows(rows), exit: dryRun || isDone ? 0 : 1 };
    }),
};
