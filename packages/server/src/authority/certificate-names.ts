import type { GeneralName, GeneralNameInput } from '@mortise/x509';
import { formatIp, parseIp } from '@mortise/x509';

/**
 * A name as `dns:…`, `ip:…`, `uri:…` or `email:…`, equal for names that are the same: hosts in lower case, addresses
 * in their canonical text. Other kinds are `other:…` and are never equal to one that is granted.
 */
export function nameText(name: GeneralName | GeneralNameInput): string {
  switch (name.type) {
    case 'dns':
      return `dns:${name.value.toLowerCase()}`;
    case 'ip': {
      const bytes = name.bytes ?? parseIp(name.value);
      return `ip:${bytes === undefined ? name.value : formatIp(bytes)}`;
    }
    case 'uri':
      return `uri:${name.value}`;
    case 'email': {
      const at = name.value.lastIndexOf('@') + 1;
      return `email:${name.value.slice(0, at)}${name.value.slice(at).toLowerCase()}`;
    }
    default:
      return `other:${name.type}`;
  }
}
