export const NO_LICENCE = '(none stated)';

/** The licence of a package.json, today's form `"license": "MIT"` and the two that older packages have. */
export function licenceOf({ license, licenses }: Readonly<Record<string, unknown>>): string {
  const all = (Array.isArray(licenses) ? licenses : []).map(nameOf).filter((name) => name !== undefined);
  return nameOf(license) ?? (all.length > 0 ? all.join(' OR ') : NO_LICENCE);
}

function nameOf(licence: unknown): string | undefined {
  if (typeof licence === 'object' && licence !== null && 'type' in licence) return nameOf(licence.type);
  // `(MIT OR CC0-1.0)` and `MIT OR CC0-1.0` are the same.
  return typeof licence === 'string' ? licence.trim().replace(/^\(([^()]*)\)$/, '$1') || undefined : undefined;
}
