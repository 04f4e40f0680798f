import type { StepDefinition } from '../../../../plan/model.ts';
import { keyboardLanguages, plainTag, windowsLanguage } from '../../data/input-locales.ts';
import type { WindowsAction } from '../../model.ts';
import { type AnswerFile, answerFileText } from '../answer-file.ts';
import { agentOf, crlfLines, type WindowsStepContext } from '../context.ts';
import { windowsPlanError } from '../errors.ts';
import { timeZoneOf } from './locale.ts';

const answerFilePath = '/Windows/Panther/unattend.xml';
const setupCompletePath = '/Windows/Setup/Scripts/SetupComplete.cmd';

/** Windows Setup runs it as the system before anybody signs in, and heeds neither its output nor its exit code. */
const setupCompleteText = crlfLines('@echo off', '"%ProgramFiles%\\Imprint\\imprint-agent.exe" first-boot');

/** True if a tag is that of the language, whatever its case and script. */
function isLanguage(tag: string, language: string): boolean {
  const parts = tag.toLowerCase().split('-');
  return `${parts[0]}-${parts.at(-1)}` === language.toLowerCase();
}

/** What the answer file says. @throws WINDOWS_PLAN_KEYBOARD, WINDOWS_PLAN_TIME_ZONE */
function answersOf(context: WindowsStepContext): AnswerFile {
  const { image, manifest } = context.lock;
  const { keyboard, language } = manifest.locale;
  const input = keyboardLanguages[keyboard];
  if (input === undefined) {
    const known = Object.keys(keyboardLanguages).join(', ');
    throw windowsPlanError('WINDOWS_PLAN_KEYBOARD', { keyboard, known });
  }
  const tags = [
    ...image.languages,
    ...(manifest.base.windows.languagePacks ?? []).map((pack) => pack.language),
  ];
  const wanted = plainTag(language);
  const formats = tags.find((tag) => isLanguage(tag, wanted)) ?? windowsLanguage(language);
  return {
    timeZone: timeZoneOf(context),
    inputLocales: [...new Set([input, formats])],
    formats,
    // Setup takes a language for its screens only if the image has it; one that a package brings comes later.
    uiLanguage: image.languages.includes(formats) ? formats : image.defaultLanguage,
    hidesOnlineAccounts: manifest.policy?.cloudStorage === 'off',
  };
}

/** The answers Setup needs and the command it ends with. No key of a product, no account, no licence accepted for anyone. */
export function answerFileStep(context: WindowsStepContext): StepDefinition<WindowsAction> {
  const { locale } = context.lock.manifest;
  const { language, keyboard, timezone } = locale;
  const text = answerFileText(answersOf(context));
  return {
    id: 'answer-file',
    kind: 'overlay',
    version: 1,
    settings: { language, keyboard, timezone },
    actions: [
      { kind: 'write', path: answerFilePath, text, encoding: 'utf-8' },
      ...(agentOf(context.lock) === undefined
        ? []
        : [{ kind: 'write', path: setupCompletePath, text: setupCompleteText, encoding: 'utf-8' } as const]),
    ],
  };
}
