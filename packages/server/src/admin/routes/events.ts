import { Type } from 'typebox';
import type { Event } from '../../events/index.ts';
import { page, pageOf, pageQuery, pageSchema } from '../paging.ts';
import { AdminError } from '../problems.ts';
import type { AdminRoute } from '../route.ts';

export const eventRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/events',
    operationId: 'listEvents',
    summary: 'Read the audit log, oldest first, from the event after the sequence `after`',
    scope: 'mortise:read',
    query: pageQuery,
    status: 200,
    response: pageSchema(Type.Ref('Event')),
    handle: async ({ query }, { feed }) => {
      const { after = '0', limit } = pageOf(query);
      if (!/^\d{1,15}$/.test(after))
        throw new AdminError(400, 'cursor_invalid', 'after is a sequence number');
      const events = await feed.read(Number(after), limit);
      return page(events, limit, (event) => String(event.sequence), eventDocument);
    },
  },
];

function eventDocument(event: Event): object {
  return {
    sequence: event.sequence,
    at: event.at / 1000,
    actor: event.actor,
    act: event.act,
    object: event.object,
    ...(event.clientId === undefined ? {} : { client_id: event.clientId }),
    ...(event.data === undefined ? {} : { data: event.data }),
  };
}
