import { spawn } from 'node:child_process';

/** Runs a program to its end; rejects if it fails, with what it said. */
export async function runProgram(
  program: string,
  argv: readonly string[],
  options: { readonly cwd: string; readonly environment?: Readonly<Record<string, string>> },
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(program, argv, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: options.cwd, LC_ALL: 'C.UTF-8', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  child.once('error', reject);
  child.once('close', (code) => {
    if (code === 0) resolve(said);
    else reject(new Error(`${program} ended with ${code}:\n${said}`));
  });
  return promise;
}
