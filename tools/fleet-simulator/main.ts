import { parseArgs } from 'node:util';
import type { Language } from '@imprint/protocol';
import { openClient } from './client.ts';
import { readFaults } from './faults.ts';
import { simulate } from './simulate.ts';
import { figuresOf, figuresText, help, usage } from './text.ts';

const text = (value: string) => ({ type: 'string', default: value }) as const;
const options = {
  url: { type: 'string' },
  token: { type: 'string' },
  devices: text('100'),
  seconds: text('10'),
  callers: text('64'),
  interval: text('0'),
  changing: text('0.02'),
  faults: text(''),
  json: { type: 'boolean', default: false },
  lang: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

function languageOf(wanted: string | undefined): Language {
  return (wanted ?? process.env.LC_ALL ?? process.env.LANG ?? '').startsWith('zh') ? 'zh-CN' : 'en';
}

function fail(language: Language, problem: string): never {
  process.stderr.write(usage[language](problem));
  process.exit(2);
}

function read() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(languageOf(undefined), (error as Error).message);
  }
}

const values = read();
const language = languageOf(values.lang);
if (values.help) {
  process.stdout.write(help[language]);
  process.exit(0);
}
const number = (name: 'devices' | 'seconds' | 'callers' | 'interval' | 'changing', least: number) => {
  const value = Number(values[name]);
  return Number.isFinite(value) && value >= least ? value : fail(language, `--${name} ≥ ${least}`);
};
const { url, token } = values;
if (url === undefined || !/^http:\/\//.test(url) || !URL.canParse(url)) fail(language, '--url http://…');
if (token === undefined) fail(language, '--token');
const faults = readFaults(values.faults) ?? fail(language, '--faults duplicate=0.01,lost=0.01');
const callers = number('callers', 1);
const client = openClient(url, callers);
try {
  const simulation = await simulate(client, {
    devices: number('devices', 1),
    seconds: number('seconds', 0),
    interval: number('interval', 0),
    changing: number('changing', 0),
    callers,
    faults,
    token,
    random: Math.random,
  });
  const figures = figuresOf(simulation);
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : figuresText(figures, language));
  process.exitCode = Object.keys(figures.unexpected).length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`fleet-simulator: ${(error as Error).message}\n`);
  process.exitCode = 4;
} finally {
  client.close();
}
