import type { Title, TitleEdit } from '@/lib/api/types';

/** The fields of the edit form, as text. */
export type EditName =
  'title' | 'year' | 'original_title' | 'overview' | 'tagline' | 'certification' | 'genres';
export type EditForm = Record<EditName, string>;

export function formOf(title: Title): EditForm {
  return {
    title: title.title,
    year: title.year?.toString() ?? '',
    original_title: title.original_title ?? '',
    overview: title.overview ?? '',
    tagline: title.tagline ?? '',
    certification: title.certification ?? '',
    genres: title.genres.join(', '),
  };
}

const splitGenres = (text: string) => [
  ...new Set(
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
];

/** Return what the form changes, and which locks are handed back. */
export function changes(title: Title, form: EditForm, unlocked: ReadonlySet<EditName>): TitleEdit {
  const before = formOf(title);
  const names = (Object.keys(form) as EditName[]).filter(
    (name) => form[name].trim() !== before[name].trim(),
  );
  const edit: TitleEdit = {};
  for (const name of names) {
    const text = form[name].trim();
    if (name === 'genres') edit.genres = splitGenres(text);
    else if (name === 'year') edit.year = text ? Number(text) : null;
    else edit[name] = text;
  }
  const unlock = [...unlocked].filter((name) => !names.includes(name));
  if (unlock.length) edit.unlock = unlock;
  return edit;
}
