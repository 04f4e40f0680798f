import { simulateYear } from '../packages/imprint/test/simulation/licence-year.ts';
import { yearFigures } from '../packages/imprint/test/simulation/year-figures.ts';

// The whole year of 100,000 devices, some minutes of work; the tests live through parts of it.
const options = { name: 'device', devices: 100_000, days: 365, seed: 4, outage: [150, 157] } as const;
process.stdout.write(`${JSON.stringify(yearFigures(simulateYear(options), options), undefined, 2)}\n`);
