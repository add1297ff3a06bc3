import type { Register } from '../context.ts';
import { registerIssue } from './issue.ts';
import { registerLineages } from './lineages.ts';
import { registerList } from './list.ts';
import { registerRelease } from './release.ts';
import { registerRevoke } from './revoke.ts';
import { registerShow } from './show.ts';

export const register: Register = (group, context) => {
  for (const add of [
    registerIssue,
    registerList,
    registerLineages,
    registerShow,
    registerRevoke,
    registerRelease,
  ])
    add(group, context);
};
