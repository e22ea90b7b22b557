/** Return where to go after signing in: a path of this site, never another one. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/';
  // "//host" and "/\host" are read as other sites by browsers; control signs are dropped by them.
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/^\/[/\\]/.test(next) || /[\u0000-\u001f]/.test(next)) return '/';
  if (/^\/(login|auth)([/?#]|$)/.test(next)) return '/';
  return next;
}
