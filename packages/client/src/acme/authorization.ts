import { ClientError } from '../errors.ts';
import { AcmeDocument } from './acme-answer.ts';
import { problemOf } from './acme-error.ts';
import type { Challenge, ChallengeAnswers } from './challenge.ts';
import { type Place, poll } from './poll.ts';

interface Offered {
  readonly url: string;
  readonly challenge: Challenge;
}

/** Sees to it that an authorization is valid: it is, or a challenge is answered (RFC 8555 §7.5). */
export async function authorize(
  url: string,
  place: Place & { readonly thumbprint: string; readonly challenges: readonly ChallengeAnswers[] },
): Promise<void> {
  const { session, accountUrl } = place;
  const document = new AcmeDocument((await session.post({ url, accountUrl })).text, url);
  if (document.get('status') === 'valid') return;
  if (document.get('status') !== 'pending') throw failureOf(document);
  const { answers, offered } = choose(document, place);
  try {
    await answers.add(offered.challenge);
    await session.post({ url: offered.url, payload: {}, accountUrl });
    const settled = await poll(url, place, (one) => one.get('status') !== 'pending');
    if (settled.get('status') !== 'valid') throw failureOf(settled);
  } finally {
    await answers.remove(offered.challenge);
  }
}

/** The first of the program's ways that the server takes: its order is a preference, the server's is none. */
function choose(
  document: AcmeDocument,
  {
    thumbprint,
    challenges,
  }: { readonly thumbprint: string; readonly challenges: readonly ChallengeAnswers[] },
): { readonly answers: ChallengeAnswers; readonly offered: Offered } {
  const list = document.get('challenges');
  const all = (Array.isArray(list) ? list.slice(0, 100) : []) as Record<string, unknown>[];
  const identifier = document.get('identifier') as Challenge['identifier'];
  for (const answers of challenges) {
    const found = all.find((one) => one?.['type'] === answers.type);
    const { token, url } = found ?? {};
    if (typeof token !== 'string' || !/^[A-Za-z0-9_-]{1,200}$/.test(token)) continue;
    if (typeof url !== 'string' || URL.parse(url)?.protocol !== 'https:') continue;
    return {
      answers,
      offered: { url, challenge: { identifier, token, keyAuthorization: `${token}.${thumbprint}` } },
    };
  }
  throw new ClientError(
    'configuration_invalid',
    `the server wants a challenge answered for ${String(identifier?.value).slice(0, 255)}, and none of "challenges" can`,
  );
}

function failureOf(document: AcmeDocument): Error {
  const list = document.get('challenges');
  const failed = (Array.isArray(list) ? list : []).find((one) => one?.error !== undefined);
  return problemOf(
    failed?.error ?? {
      type: 'urn:ietf:params:acme:error:unauthorized',
      detail: `an authorization is ${String(document.get('status')).slice(0, 20)}`,
    },
    403,
  );
}
