import { KEY_USAGES } from '@mortise/x509';
import {
  authorityKeyTypes,
  nameSources,
  revocationReasons,
  shippedProfiles,
  subjectKeyTypes,
  uriSources,
} from '../authority/index.ts';
import { authenticationMethods } from '../clients/index.ts';
import { flagName, type Setting, settingNames, settings } from '../config/index.ts';

const booleans = ['true', 'false'];
const profiles = shippedProfiles.map(({ name }) => name);
const writtenReasons = revocationReasons.map((reason) =>
  reason.replace(/_[a-z]/g, (part) => part.charAt(1).toUpperCase()),
);
const purposes = ['serverAuth', 'clientAuth', 'codeSigning', 'emailProtection', 'timeStamping'];

/**
 * What shells offer after a flag that takes one of few values, or one of known values among others: by the flag, or by command and flag where
 * it means something else elsewhere. What commander itself holds flags to is not repeated here.
 */
const valuesOfFlags: Readonly<Record<string, readonly string[]>> = {
  '--profile': profiles,
  '--based-on': profiles,
  '--token-endpoint-auth-method': authenticationMethods,
  '--previous-token-endpoint-auth-method': authenticationMethods,
  '--tls-client-certificate-bound-access-tokens': booleans,
  '--legacy-assertion-audience': booleans,
  '--purpose': [...purposes, 'OCSPSigning'],
  '--policy': ['rfc5280', 'webpki'],
  '--revocation': ['available', 'require'],
  'certificate revoke --reason': writtenReasons,
  'authority revoke --revocation-reason': writtenReasons.filter((reason) => reason !== 'certificateHold'),
  'authority recall --key-type': ['rsa', 'ec', ...authorityKeyTypes],
  ...Object.fromEntries(
    ['create', 'update'].flatMap((command) =>
      Object.entries({
        '--names': nameSources,
        '--uri': uriSources,
        '--key-type': subjectKeyTypes,
        '--key-usage': KEY_USAGES,
        '--extended-key-usage': purposes,
        '--revocation-information': booleans,
        '--acme': booleans,
      }).map(([flag, values]) => [`profile ${command} ${flag}`, values]),
    ),
  ),
  ...Object.fromEntries(
    settingNames.flatMap((name) => {
      const { choices }: Setting = settings[name];
      return choices === undefined ? [] : [[`serve ${flagName(name)}`, choices]];
    }),
  ),
};

/** What shells offer in the place of an argument, beside the flags. */
const valuesOfArguments: Readonly<Record<string, readonly string[]>> = {
  completion: ['bash', 'zsh', 'fish'],
  'authority rollover': ['status', 'request', 'publish', 'switch', 'retire', 'cancel'],
  'profile show': profiles,
  'profile update': profiles,
};

/** The values known for a flag of the command at `path`; undefined where it takes anything. */
export function valuesOfFlag(path: string, flag: string): readonly string[] | undefined {
  return valuesOfFlags[`${path} ${flag}`] ?? valuesOfFlags[flag];
}

/** The values known for the arguments of the command at `path`. */
export function valuesOfArgument(path: string): readonly string[] {
  return valuesOfArguments[path] ?? [];
}

/** Each flag that has values here, for a test that it exists. */
export const flagsWithValues: readonly string[] = Object.keys(valuesOfFlags);
