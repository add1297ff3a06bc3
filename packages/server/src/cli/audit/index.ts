import type { Register } from '../context.ts';
import { registerList } from './list.ts';
import { registerVerify } from './verify.ts';

export const register: Register = (group, context) => {
  for (const add of [registerList, registerVerify]) add(group, context);
};
