import { CryptokiError } from './cryptoki-values.ts';
import type { ForeignFunction, ForeignFunctions } from './foreign-functions.ts';
import { foreignFunctions } from './foreign-functions.ts';
import { Pkcs11Error } from './pkcs11-error.ts';

/** Index in CK_FUNCTION_LIST (pkcs11f.h) and parameters; `ulong` is CK_ULONG, 64 bits on every platform here. */
const functions = {
  C_Initialize: [0, ['void *']],
  C_Finalize: [1, ['void *']],
  C_GetSlotList: [4, ['uint8_t', 'void *', 'void *']],
  C_GetTokenInfo: [6, ['ulong', 'void *']],
  C_OpenSession: [12, ['ulong', 'ulong', 'void *', 'void *', 'void *']],
  C_CloseAllSessions: [14, ['ulong']],
  C_Login: [18, ['ulong', 'ulong', 'void *', 'ulong']],
  C_DestroyObject: [22, ['ulong', 'ulong']],
  C_GetAttributeValue: [24, ['ulong', 'ulong', 'void *', 'ulong']],
  C_FindObjectsInit: [26, ['ulong', 'void *', 'ulong']],
  C_FindObjects: [27, ['ulong', 'void *', 'ulong', 'void *']],
  C_FindObjectsFinal: [28, ['ulong']],
  C_SignInit: [42, ['ulong', 'void *', 'ulong']],
  C_Sign: [43, ['ulong', 'void *', 'ulong', 'void *', 'void *']],
  C_GenerateKeyPair: [59, ['ulong', 'void *', 'void *', 'ulong', 'void *', 'ulong', 'void *', 'void *']],
} as const satisfies Record<string, readonly [number, readonly string[]]>;

type FunctionName = keyof typeof functions;

/** CK_VERSION, padded to the alignment of the pointers after it. */
const versionSize = 8;
const pointerSize = 8;

/** A loaded PKCS #11 module: its functions as they are, with buffers for what C takes by address. */
export class CryptokiModule {
  readonly foreign: ForeignFunctions;
  readonly #functions = new Map<FunctionName, ForeignFunction>();

  private constructor(foreign: ForeignFunctions) {
    this.foreign = foreign;
  }

  /** Loads the shared library; it runs in this process from now on. Throws Pkcs11Error `module_unusable`. */
  static load(path: string): CryptokiModule {
    const module = new CryptokiModule(foreignFunctions());
    try {
      module.#bind(path);
    } catch (error) {
      if (error instanceof Pkcs11Error) throw error;
      throw new Pkcs11Error('module_unusable', `${path} cannot be loaded as a PKCS #11 module`);
    }
    return module;
  }

  /** Throws CryptokiError for every return value but CKR_OK. */
  call(name: FunctionName, ...values: readonly unknown[]): void {
    const returned = this.#functions.get(name)!(...values);
    if (returned !== 0) throw new CryptokiError(name, returned);
  }

  #bind(path: string): void {
    const { foreign } = this;
    const list = Buffer.alloc(pointerSize);
    const returned = foreign.load(path).func('C_GetFunctionList', 'ulong', ['void *'])(list);
    const address = list.readBigUInt64LE();
    if (returned !== 0 || address === 0n) throw new CryptokiError('C_GetFunctionList', returned);
    for (const [name, [index, parameters]] of Object.entries(functions)) {
      const pointer = foreign.decode(address, versionSize + index * pointerSize, 'void *');
      const bound = foreign.decode(pointer, foreign.proto('ulong', parameters)) as ForeignFunction;
      this.#functions.set(name as FunctionName, (...values) => Number(bound(...values)));
    }
  }
}
