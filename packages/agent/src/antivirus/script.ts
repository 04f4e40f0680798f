import type { AntivirusProvider } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { installedPackages } from '../observe/dpkg.ts';
import { isRecord, parseJson } from '../state/json.ts';
import type { Detection, Provider } from './contract.ts';
import { installPackage, removePackage } from './packages.ts';

/** Where a provider's package puts the program that answers the contract. */
const programOf = (name: string): string => `/usr/lib/imprint/antivirus/${name}`;

const maxAnswerBytes = 256 * 1024;
const maxDetections = 500;
const minute = 60_000;
const timeouts = {
  detect: minute / 3,
  install: 5 * minute,
  remove: 5 * minute,
  enable: 2 * minute,
  disable: minute,
  health: minute / 2,
  scan: 2 * minute,
  definitions: 10 * minute,
  detections: minute / 2,
} as const;
type Verb = keyof typeof timeouts;

const textOf = (value: unknown, length = 300): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, length) : undefined;

/** Calls the program: `PROGRAM VERB JSON`; it answers with one JSON object on stdout and exit status 0. */
function caller(device: Device, name: string) {
  return (verb: Verb, input: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
    const failed = (reason: string) =>
      agentError('AGENT_ANTIVIRUS_PROVIDER_FAILED', { provider: name, verb, reason });
    const argv = [verb, JSON.stringify(input)];
    const result = device.run(at(device, programOf(name)), argv, { timeoutMs: timeouts[verb] });
    if (result === undefined) throw failed('no answer in time');
    if (result.status !== 0) throw failed(`exit status ${result.status}`);
    if (Buffer.byteLength(result.stdout) > maxAnswerBytes) throw failed('too long an answer');
    const answer = parseJson(Buffer.from(result.stdout));
    if (!isRecord(answer)) throw failed('no JSON object');
    return answer;
  };
}

function readDetection(value: unknown): Detection[] {
  if (!isRecord(value)) return [];
  const [at, path, signature] = [textOf(value.at), textOf(value.path, 4096), textOf(value.signature)];
  const isWhole = at !== undefined && path !== undefined && signature !== undefined;
  return isWhole && Number.isFinite(Date.parse(at)) ? [{ at, path, signature }] : [];
}

/** A provider whose own program answers the contract. Docs: docs/guide/antivirus.en.md. */
export function scriptProvider(device: Device, { name, installer }: AntivirusProvider): Provider {
  const call = caller(device, name);
  const version = () => (installer ? installedPackages(device)?.get(installer.package) : undefined);
  return {
    name,
    async detect() {
      const found = version();
      if (found === undefined && installer !== undefined) return { isOn: false, realTime: false };
      const { isOn, realTime } = call('detect');
      return {
        ...(found === undefined ? {} : { version: found }),
        isOn: isOn === true,
        realTime: realTime === true,
      };
    },
    async install(debFile) {
      if (installer === undefined) return;
      installPackage(device, installer.package, debFile);
      call('install');
    },
    async remove() {
      if (installer === undefined || version() === undefined) return;
      try {
        call('remove');
      } finally {
        removePackage(device, installer.package);
      }
    },
    async enable() {
      call('enable');
    },
    async disable() {
      call('disable');
    },
    async health() {
      const { isHealthy, reason } = call('health');
      const said = textOf(reason);
      return { isHealthy: isHealthy === true, ...(said === undefined ? {} : { reason: said }) };
    },
    async scan(target) {
      const input =
        'path' in target ? { path: target.path } : { stream: Buffer.from(target.bytes).toString('base64') };
      const signature = textOf(call('scan', input).signature);
      return signature === undefined ? {} : { signature };
    },
    async definitions(act, { directory, files, retired }) {
      const names = files.map((file) => file.name);
      call('definitions', { act, directory, files: names, retired: [...retired] });
    },
    async holds(files) {
      const { isHeld } = call('definitions', { act: 'holds', files });
      return isHeld === true;
    },
    async detections() {
      const { detections } = call('detections');
      return (Array.isArray(detections) ? detections : []).slice(-maxDetections).flatMap(readDetection);
    },
  };
}
