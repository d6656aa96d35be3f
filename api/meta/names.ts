/**
 * The rules for names, label keys and values, each a function from a text to what is wrong with it (empty:
 * nothing). Messages are those of apimachinery `pkg/util/validation` and `pkg/api/validate/content`; the two
 * differ in whether a length is of characters or of bytes, and both count bytes.
 */

/** RFC 1123 and RFC 1035: longest label of a domain name, bytes. */
export const maxLabelLength = 63;
/** RFC 1123: longest domain name, bytes. */
export const maxSubdomainLength = 253;
/** RFC 6335: longest service name, bytes. */
export const maxPortNameLength = 15;

const dns1123LabelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dns1123SubdomainFormat = `${dns1123LabelFormat}(\\.${dns1123LabelFormat})*`;
const dns1035LabelFormat = '[a-z]([-a-z0-9]*[a-z0-9])?';
const labelKeyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${labelKeyFormat})?`;

const whole = (format: string): RegExp => new RegExp(`^(?:${format})$`);
const dns1123Label = whole(dns1123LabelFormat);
const dns1123Subdomain = whole(dns1123SubdomainFormat);
const dns1035Label = whole(dns1035LabelFormat);
const labelKey = whole(labelKeyFormat);
const labelValue = whole(labelValueFormat);

const dns1123LabelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const dns1123SubdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const dns1035LabelRule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const labelKeyRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

function formatRule(rule: string, format: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${format}')`;
}

/** ServiceGroups, namespaces, hostnames. */
export function validateDns1123Label(value: string): string[] {
  const problems: string[] = [];
  if (byteLength(value) > maxLabelLength) problems.push(`must be no more than ${maxLabelLength} characters`);
  if (!dns1123Label.test(value)) {
    problems.push(
      dns1123Subdomain.test(value)
        ? 'must not contain dots'
        : formatRule(dns1123LabelRule, dns1123LabelFormat, 'my-name', '123-abc'),
    );
  }
  return problems;
}

/** Most object names. */
export function validateDns1123Subdomain(value: string): string[] {
  return subdomainProblems(value, 'characters');
}

function subdomainProblems(value: string, unit: 'characters' | 'bytes'): string[] {
  const problems: string[] = [];
  if (byteLength(value) > maxSubdomainLength) {
    problems.push(`must be no more than ${maxSubdomainLength} ${unit}`);
  }
  if (!dns1123Subdomain.test(value)) {
    problems.push(formatRule(dns1123SubdomainRule, dns1123SubdomainFormat, 'example.com'));
  }
  return problems;
}

/** v1 Services. */
export function validateDns1035Label(value: string): string[] {
  const problems: string[] = [];
  if (byteLength(value) > maxLabelLength) problems.push(`must be no more than ${maxLabelLength} characters`);
  if (!dns1035Label.test(value)) {
    problems.push(formatRule(dns1035LabelRule, dns1035LabelFormat, 'my-name', 'abc-123'));
  }
  return problems;
}

/** `name` or `dns.subdomain/name`: label and annotation keys, finalizers, condition types. */
export function validateQualifiedName(value: string): string[] {
  const parts = value.split('/');
  const rule = formatRule(labelKeyRule, labelKeyFormat, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2) {
    return [
      `a valid label key ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) {
    problems.push(...subdomainProblems(prefix, 'bytes').map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (byteLength(name) > maxLabelLength) {
    problems.push(`name part must be no more than ${maxLabelLength} bytes`);
  }
  if (!labelKey.test(name)) problems.push(`name part ${rule}`);
  return problems;
}

export const validateLabelKey = validateQualifiedName;

export function validateLabelValue(value: string): string[] {
  const problems: string[] = [];
  if (byteLength(value) > maxLabelLength) problems.push(`must be no more than ${maxLabelLength} bytes`);
  if (!labelValue.test(value)) {
    problems.push(formatRule(labelValueRule, labelValueFormat, 'MyValue', 'my_value', '12345'));
  }
  return problems;
}

/** IANA service names: ports of Pods and Services, and the port names that refer to them. */
export function validatePortName(value: string): string[] {
  const problems: string[] = [];
  if (byteLength(value) > maxPortNameLength)
    problems.push(`must be no more than ${maxPortNameLength} characters`);
  if (!/^[-a-z0-9]+$/.test(value)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

export function validatePortNumber(value: number): string[] {
  return Number.isInteger(value) && value >= 1 && value <= 65_535
    ? []
    : ['must be between 1 and 65535, inclusive'];
}

/** The least that a name must be to stand in a URL. */
export function validatePathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}
