export { DryRunQuery, isDryRun } from '../../platform/http/dry-run.ts';
