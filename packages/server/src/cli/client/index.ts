import type { Register } from '../context.ts';
import { registerCreate } from './create.ts';
import { registerEnrol } from './enrol.ts';
import { registerList } from './list.ts';
import { registerShow } from './show.ts';
import { registerStatusActs } from './status.ts';
import { registerUpdate } from './update.ts';

export const register: Register = (group, context) => {
  for (const add of [
    registerCreate,
    registerEnrol,
    registerList,
    registerShow,
    registerUpdate,
    registerStatusActs,
  ])
    add(group, context);
};
