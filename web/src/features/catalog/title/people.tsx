import { Link } from '@tanstack/react-router';

import { hueOf } from '@/lib/images';
import type { Credit } from '@/lib/api/types';
import { Picture } from '@/ui/picture';
import { Row } from '@/ui/row';

const initials = (name: string) =>
  name
    .split(/\s+/)
    .map((part) => part[0])
    .filter((_, index, all) => index === 0 || index === all.length - 1)
    .join('');

const words = (job: string) => job.charAt(0).toUpperCase() + job.slice(1).replaceAll('_', ' ');

/** One entry a person: their parts joined. */
function joined(people: Credit[]): (Credit & { parts: string[] })[] {
  const byId = new Map<string, Credit & { parts: string[] }>();
  for (const credit of people) {
    const part = credit.character ?? words(credit.job);
    const known = byId.get(credit.id);
    if (known) known.parts.push(part);
    else byId.set(credit.id, { ...credit, parts: [part] });
  }
  return [...byId.values()];
}

export function People({ people }: { people: Credit[] }) {
  if (!people.length) return null;
  return (
    <Row title="Cast and crew" shape="person">
      {joined(people).map((person) => (
        <Link
          key={person.id}
          to="/person/$id"
          params={{ id: person.id }}
          className="group block rounded-lg p-1 text-center"
        >
          <span className="poster-glint relative mx-auto block aspect-square overflow-hidden rounded-full bg-well transition duration-300 group-hover:-translate-y-1">
            {person.photo ? (
              <Picture url={person.photo} sizes="7rem" most={320} />
            ) : (
              <span
                aria-hidden
                className="grid size-full place-items-center font-display text-2xl font-bold text-white/70 uppercase"
                style={{
                  background: `linear-gradient(150deg, hsl(${hueOf(person.name)} 35% 34%), hsl(${(hueOf(person.name) + 50) % 360} 40% 15%))`,
                }}
              >
                {initials(person.name)}
              </span>
            )}
          </span>
          <span className="mt-2.5 line-clamp-2 text-sm leading-tight font-medium">
            {person.name}
          </span>
          <span className="mt-0.5 line-clamp-2 text-xs text-faint">{person.parts.join(', ')}</span>
        </Link>
      ))}
    </Row>
  );
}
