/** What an answer file says. Languages by their Windows names. */
export interface AnswerFile {
  readonly timeZone: string;
  /** The first is what a person begins with. */
  readonly inputLocales: readonly string[];
  /** Formats of dates and numbers, and the language of programs without Unicode. */
  readonly formats: string;
  readonly uiLanguage: string;
  readonly hidesOnlineAccounts: boolean;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function component(name: string, lines: readonly string[]): string[] {
  const attributes =
    'processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS"';
  return [
    `    <component name="${name}" ${attributes}>`,
    ...lines.map((line) => `      ${line}`),
    '    </component>',
  ];
}

function element(name: string, text: string): string {
  return `<${name}>${escaped(text)}</${name}>`;
}

function pass(name: string, components: readonly string[]): string[] {
  return [`  <settings pass="${name}">`, ...components, '  </settings>'];
}

/**
 * The answer file as Windows Setup takes it: UTF-8 without a byte order mark, which 24H2 stumbles over.
 * Source: learn.microsoft.com, "Unattended Windows Setup Reference", Microsoft-Windows-Shell-Setup and
 * Microsoft-Windows-International-Core.
 */
export function answerFileText(answers: AnswerFile): string {
  const international = [
    element('InputLocale', answers.inputLocales.join(';')),
    element('SystemLocale', answers.formats),
    element('UILanguage', answers.uiLanguage),
    element('UserLocale', answers.formats),
  ];
  const accounts = ['<OOBE>', `  ${element('HideOnlineAccountScreens', 'true')}`, '</OOBE>'];
  return `${[
    '<?xml version="1.0" encoding="utf-8"?>',
    '<unattend xmlns="urn:schemas-microsoft-com:unattend">',
    ...pass(
      'specialize',
      component('Microsoft-Windows-Shell-Setup', [element('TimeZone', answers.timeZone)]),
    ),
    ...pass('oobeSystem', [
      ...component('Microsoft-Windows-International-Core', international),
      ...(answers.hidesOnlineAccounts ? component('Microsoft-Windows-Shell-Setup', accounts) : []),
    ]),
    '</unattend>',
  ].join('\n')}\n`;
}
