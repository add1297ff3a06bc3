import { rolloverContract } from './testing/rollover-contract.ts';

await rolloverContract('SQLite');
