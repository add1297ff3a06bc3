import { Command, CommanderError } from 'commander';
import { register } from '/work/main/packages/server/src/cli/verify/index.ts';
const context = { environment: process.env, stdout: process.stdout, stderr: process.stderr, now: Date.now, exitStatus: 0 as 0|1|2 };
const program = new Command('mortise');
register(program, context);
try { await program.parseAsync(process.argv.slice(2), { from: 'user' }); process.exitCode = context.exitStatus; } catch (e: any) { if (e.status) { console.error('mortise: ' + e.message); process.exitCode = e.status; } else throw e; }
