/** Attribute types that RFC 4514 §3 and RFC 5280 §4.1.2.4 name: keyword → object identifier. */
const KEYWORDS: readonly (readonly [string, string])[] = [
  ['CN', '2.5.4.3'],
  ['L', '2.5.4.7'],
  ['ST', '2.5.4.8'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['C', '2.5.4.6'],
  ['STREET', '2.5.4.9'],
  ['DC', '0.9.2342.19200300.100.1.25'],
  ['UID', '0.9.2342.19200300.100.1.1'],
];

/** Further keywords that are read but never printed: RFC 4514 guarantees only the nine above. */
const ALIASES: readonly (readonly [string, string])[] = [
  ['commonName', '2.5.4.3'],
  ['surname', '2.5.4.4'],
  ['SN', '2.5.4.4'],
  ['serialNumber', '2.5.4.5'],
  ['countryName', '2.5.4.6'],
  ['localityName', '2.5.4.7'],
  ['stateOrProvinceName', '2.5.4.8'],
  ['S', '2.5.4.8'],
  ['streetAddress', '2.5.4.9'],
  ['organizationName', '2.5.4.10'],
  ['organizationalUnitName', '2.5.4.11'],
  ['title', '2.5.4.12'],
  ['T', '2.5.4.12'],
  ['name', '2.5.4.41'],
  ['givenName', '2.5.4.42'],
  ['GN', '2.5.4.42'],
  ['initials', '2.5.4.43'],
  ['generationQualifier', '2.5.4.44'],
  ['dnQualifier', '2.5.4.46'],
  ['pseudonym', '2.5.4.65'],
  ['organizationIdentifier', '2.5.4.97'],
  ['domainComponent', '0.9.2342.19200300.100.1.25'],
  ['userId', '0.9.2342.19200300.100.1.1'],
  ['emailAddress', '1.2.840.113549.1.9.1'],
  ['E', '1.2.840.113549.1.9.1'],
];

const OID_OF = new Map([...ALIASES, ...KEYWORDS].map(([keyword, oid]) => [keyword.toLowerCase(), oid]));
const KEYWORD_OF = new Map(KEYWORDS.map(([keyword, oid]) => [oid, keyword]));

/** Object identifiers of attribute types by their names in RFC 5280 appendix A and RFC 4519. */
export const ATTRIBUTE = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  countryName: '2.5.4.6',
  localityName: '2.5.4.7',
  stateOrProvinceName: '2.5.4.8',
  streetAddress: '2.5.4.9',
  organizationName: '2.5.4.10',
  organizationalUnitName: '2.5.4.11',
  postalCode: '2.5.4.17',
  givenName: '2.5.4.42',
  surname: '2.5.4.4',
  dnQualifier: '2.5.4.46',
  domainComponent: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
} as const;

/** Object identifier of an attribute type keyword, in any case of letters. */
export function attributeOid(keyword: string): string | undefined {
  return OID_OF.get(keyword.toLowerCase());
}

/** The keyword that RFC 4514 §3 prints for an attribute type; undefined where it prints the object identifier. */
export function attributeKeyword(oid: string): string | undefined {
  return KEYWORD_OF.get(oid);
}
