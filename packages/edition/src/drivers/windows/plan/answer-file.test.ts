import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { agentTaskText } from '../data/agent-task.ts';
import { answerFileText } from './answer-file.ts';

const answers = {
  timeZone: 'China Standard Time',
  inputLocales: ['zh-CN', 'en-US'],
  formats: 'zh-CN',
  uiLanguage: 'en-US',
  hidesOnlineAccounts: true,
};

/** What libxml2 finds at an XPath. */
function found(xml: string, path: string): string {
  return execFileSync('xmllint', ['--nonet', '--xpath', path, '-'], { input: xml, encoding: 'utf8' }).trim();
}
const named = (name: string) => `string(//*[local-name()='${name}'])`;

test('another parser reads the answers back', () => {
  const xml = answerFileText(answers);
  expect(found(xml, named('TimeZone'))).toBe('China Standard Time');
  expect(found(xml, named('InputLocale'))).toBe('zh-CN;en-US');
  expect(found(xml, named('UILanguage'))).toBe('en-US');
  expect(found(xml, named('UserLocale'))).toBe('zh-CN');
  expect(found(xml, 'namespace-uri(/*)')).toBe('urn:schemas-microsoft-com:unattend');
});

test('no byte order mark comes before it', () => {
  expect([...Buffer.from(answerFileText(answers)).subarray(0, 5)]).toEqual([...Buffer.from('<?xml')]);
});

test('text is text, never markup', () => {
  const timeZone = '<a> & "b"';
  expect(found(answerFileText({ ...answers, timeZone }), named('TimeZone'))).toBe(timeZone);
});

test('online accounts are offered unless the vendor’s cloud is off', () => {
  const xml = answerFileText({ ...answers, hidesOnlineAccounts: false });
  expect(found(xml, "count(//*[local-name()='OOBE'])")).toBe('0');
  expect(found(answerFileText(answers), named('HideOnlineAccountScreens'))).toBe('true');
});

test('the agent’s task is well-formed in whichever encoding it is registered', () => {
  expect(found(agentTaskText, named('Arguments'))).toBe('run --due');
  const utf16 = Buffer.from(`\ufeff${agentTaskText}`, 'utf16le');
  const command = execFileSync('xmllint', ['--nonet', '--xpath', named('Command'), '-'], { input: utf16 });
  expect(command.toString().trim()).toBe('%ProgramFiles%\\Imprint\\imprint-agent.exe');
});
