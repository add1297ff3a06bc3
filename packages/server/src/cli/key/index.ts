import type { Register } from '../context.ts';
import { registerList } from './list.ts';
import { registerRevoke } from './revoke.ts';
import { registerRotate } from './rotate.ts';

export const register: Register = (group, context) => {
  for (const add of [registerList, registerRotate, registerRevoke]) add(group, context);
};
