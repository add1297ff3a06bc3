import type { Register } from '../context.ts';
import { registerList } from './list.ts';
import { registerWithdraw } from './withdraw.ts';

export const register: Register = (group, context) => {
  for (const add of [registerList, registerWithdraw]) add(group, context);
};
