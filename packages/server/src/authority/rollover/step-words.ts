import type { Actor, EventDraft } from '../../events/index.ts';
import { RolloverError } from './rollover-error.ts';
import type { RolloverRecord, RolloverStep } from './rollover-record.ts';

/** The event of a step. */
export function eventOf(
  step: 'published' | 'switched' | 'retired' | 'cancelled',
  record: RolloverRecord,
  actor: Actor,
  data: EventDraft['data'] & object,
): EventDraft {
  return {
    actor,
    act: `authority.rollover_${step}`,
    object: { kind: 'authority', id: record.newRootId },
    data: { rollover: record.id, name: record.name, old_root_id: record.oldRootId, ...data },
  };
}

export function outOfOrder(name: string, phase: string): RolloverError {
  return new RolloverError(
    'step_out_of_order',
    `the rollover of ${name} is ${phase}: this is not its next step`,
  );
}

/** Of a rollover that is being cancelled, or whose cancellation broke off. */
export function halfCancelled(name: string): RolloverError {
  return new RolloverError(
    'step_out_of_order',
    `the rollover of ${name} is being cancelled; if that broke off, cancel it again`,
  );
}

/** Of a root that is kept offline. */
export function hasItsKey(name: string): RolloverError {
  return new RolloverError(
    'key_place_invalid',
    `the intermediate that issues for ${name} from the switch on is made already: the place of its key is said when the rollover is published`,
  );
}

/** Says who is in the way, and why. */
export function notReady(step: RolloverStep, names: readonly string[]): string {
  const shown = names.slice(0, 20).join(', ');
  const more = names.length > 20 ? ` and ${names.length - 20} more` : '';
  const why =
    step === 'switch'
      ? 'no report of a trust bundle with the new root'
      : 'no report of the new root since the switch, or a certificate under the old one';
  return `${shown}${more}: ${why}`;
}
