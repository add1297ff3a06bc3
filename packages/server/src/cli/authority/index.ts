import type { Register } from '../context.ts';
import { registerCreate } from './create.ts';
import { registerRecall } from './recall.ts';
import { registerRevoke } from './revoke.ts';
import { registerRollover } from './rollover.ts';
import { registerShow } from './show.ts';

export const register: Register = (group, context) => {
  for (const add of [registerCreate, registerShow, registerRecall, registerRollover, registerRevoke])
    add(group, context);
};
