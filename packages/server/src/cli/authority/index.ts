import type { Register } from '../context.ts';
import { registerCreate } from './create.ts';
import { registerRevoke } from './revoke.ts';
import { registerShow } from './show.ts';

export const register: Register = (group, context) => {
  for (const add of [registerCreate, registerShow, registerRevoke]) add(group, context);
};
