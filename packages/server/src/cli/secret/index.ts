import type { Register } from '../context.ts';
import { registerAdd } from './add.ts';
import { registerList } from './list.ts';
import { registerRevoke } from './revoke.ts';

export const register: Register = (group, context) => {
  for (const add of [registerAdd, registerList, registerRevoke]) add(group, context);
};
