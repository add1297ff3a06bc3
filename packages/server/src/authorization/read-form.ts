import { BoundedCache } from './bounded-cache.ts';
import { type Form, parseForm } from './form.ts';
import { Refused } from './refusal.ts';

/** What was read before, by its text: clients ask with the same few forms over and over, and reading one anew costs the token path 2 %. */
const remembered = new BoundedCache<string, Form>(4_096);
/** An assertion makes a form longer, and looking for that in vain would cost what is saved elsewhere. */
const longestRemembered = 256;

/** Reads the body of a request; see `parseForm`. */
export function readForm(body: Buffer): Form | Refused {
  const text = body.toString('latin1');
  if (text.length > longestRemembered) return parseForm(text);
  let form: Form | Refused | undefined = remembered.get(text);
  if (form === undefined) {
    form = parseForm(text);
    if (!(form instanceof Refused) && holdsNoSecret(form)) remembered.set(text, form);
  }
  return form;
}

/** A parameter that nothing here knows may be somebody's password. */
function holdsNoSecret({ clientSecret, clientAssertion, token, unrecognised }: Form): boolean {
  return clientSecret === undefined && clientAssertion === undefined && token === undefined && !unrecognised;
}
