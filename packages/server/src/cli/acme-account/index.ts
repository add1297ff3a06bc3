import type { Register } from '../context.ts';
import { registerDeactivate } from './deactivate.ts';
import { registerList } from './list.ts';

export const register: Register = (group, context) => {
  for (const add of [registerList, registerDeactivate]) add(group, context);
};
