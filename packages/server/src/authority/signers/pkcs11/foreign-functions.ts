import { createRequire } from 'node:module';
import { Pkcs11Error } from './pkcs11-error.ts';

/** What is used of koffi. Its platform packages hold the binary alone and run nothing when they are installed. */
export interface ForeignFunctions {
  load(path: string): { func(name: string, result: string, parameters: readonly string[]): ForeignFunction };
  proto(result: string, parameters: readonly string[]): unknown;
  decode(pointer: unknown, ...type: readonly unknown[]): unknown;
  alloc(type: string, length: number): unknown;
  address(pointer: unknown): bigint;
  view(pointer: unknown, length: number): ArrayBuffer;
  free(pointer: unknown): void;
}

export type ForeignFunction = (...values: readonly unknown[]) => number;

const platforms = ['linux-x64', 'linux-arm64', 'darwin-arm64'];

/** Throws Pkcs11Error `module_unusable`. */
export function foreignFunctions(): ForeignFunctions {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform)) {
    throw new Pkcs11Error('module_unusable', `PKCS #11 modules are not supported on ${platform}`);
  }
  try {
    return createRequire(import.meta.url)(`@koromix/koffi-${platform}`) as ForeignFunctions;
  } catch {
    throw new Pkcs11Error('module_unusable', `the package @koromix/koffi-${platform} is not installed`);
  }
}
