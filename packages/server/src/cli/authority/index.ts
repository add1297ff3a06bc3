import type { Register } from '../context.ts';
import { registerRevoke } from './revoke.ts';
import { registerShow } from './show.ts';

export const register: Register = (group, context) => {
  for (const add of [registerShow, registerRevoke]) add(group, context);
};
