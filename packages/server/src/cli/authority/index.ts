import type { Register } from '../context.ts';
import { registerCancel } from './cancel.ts';
import { registerCreate } from './create.ts';
import { registerCrlRequest } from './crl-request.ts';
import { registerCrls } from './crls.ts';
import { registerImport } from './import.ts';
import { registerImportCrl } from './import-crl.ts';
import { registerLimit } from './limit.ts';
import { registerRecall } from './recall.ts';
import { registerRequests } from './requests.ts';
import { registerRevoke } from './revoke.ts';
import { registerRollover } from './rollover.ts';
import { registerRules } from './rules.ts';
import { registerShow } from './show.ts';
import { registerSign } from './sign.ts';
import { registerSignCrl } from './sign-crl.ts';
import { registerSignRollover } from './sign-rollover.ts';

export const register: Register = (group, context) => {
  for (const add of [
    registerCreate,
    registerSign,
    registerImport,
    registerRequests,
    registerCancel,
    registerCrls,
    registerCrlRequest,
    registerSignCrl,
    registerImportCrl,
    registerShow,
    registerRules,
    registerLimit,
    registerRecall,
    registerRollover,
    registerSignRollover,
    registerRevoke,
  ])
    add(group, context);
};
