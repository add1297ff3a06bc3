import type { Register } from '../context.ts';
import { registerList } from './list.ts';
import { registerRemove } from './remove.ts';

export const register: Register = (group, context) => {
  for (const add of [registerList, registerRemove]) add(group, context);
};
