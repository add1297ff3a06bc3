import type { Register } from '../context.ts';
import { registerCreate } from './create.ts';
import { registerList } from './list.ts';
import { registerShow } from './show.ts';
import { registerUpdate } from './update.ts';

export const register: Register = (group, context) => {
  for (const add of [registerList, registerShow, registerCreate, registerUpdate]) add(group, context);
};
