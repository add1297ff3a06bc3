import { crashContract } from './testing/crash-contract.ts';

crashContract('SQLite', undefined);
