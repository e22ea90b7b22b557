import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, SearchX } from 'lucide-react';
import { useState } from 'react';

import { candidatesQuery, chooseMatch, titleQuery } from '@/lib/api/catalog';
import { messageOf } from '@/lib/api/client';
import type { Candidate, TitleCard } from '@/lib/api/types';
import { useDebounced } from '@/lib/hooks';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { PosterArt } from '@/ui/poster-art';
import { ListSkeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';
import { toast } from '@/ui/toast-store';

const SURE = 0.8;

function Choice({
  candidate,
  busy,
  onChoose,
}: {
  candidate: Candidate;
  busy: boolean;
  onChoose: () => void;
}) {
  const artwork = candidate.poster_url
    ? { url: candidate.poster_url, colour: null, generated: false }
    : null;
  return (
    <li className="card flex gap-4 p-3">
      <div className="w-16 shrink-0 self-start">
        <PosterArt card={{ ...candidate, artwork }} sizes="4rem" />
      </div>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {candidate.title}
          {candidate.year && <span className="text-faint">{candidate.year}</span>}
          <Badge tone={candidate.confidence >= SURE ? 'good' : 'plain'}>
            {Math.round(candidate.confidence * 100)} %
          </Badge>
        </p>
        <p className="mt-1 line-clamp-2 text-sm text-soft">{candidate.overview}</p>
      </div>
      <Button size="sm" className="self-center" busy={busy} onClick={onChoose}>
        Choose
      </Button>
    </li>
  );
}

interface MatchDialogProps {
  title: Pick<TitleCard, 'id' | 'title' | 'year'>;
  onClose: () => void;
}

function Choices({ title, q, year, onClose }: MatchDialogProps & { q: string; year: string }) {
  const client = useQueryClient();
  const found = useQuery(candidatesQuery(title.id, q, year));
  const choose = useMutation({
    mutationFn: (candidate: Candidate) =>
      chooseMatch(title.id, { provider: candidate.provider, id: candidate.id }),
    onSuccess: (next) => {
      client.setQueryData(titleQuery(title.id).queryKey, next);
      for (const key of ['titles', 'search', 'review', 'candidates']) {
        void client.invalidateQueries({ queryKey: [key] });
      }
      toast(`Now matched to “${next.title}”.`, { tone: 'good' });
      onClose();
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  if (found.isPending) return <ListSkeleton lines={3} />;
  if (found.isLoadingError)
    return <ErrorState error={found.error} retry={() => void found.refetch()} className="py-8!" />;
  if (!found.data.provider_configured) {
    return (
      <EmptyState icon={KeyRound} title="No metadata service is set up" className="py-8!">
        <p>
          Set <code className="text-ink">SHADOW_METADATA__TMDB_KEY</code> and restart the server.
          Until then, titles can be edited by hand.
        </p>
      </EmptyState>
    );
  }
  if (!found.data.items.length) {
    return (
      <EmptyState icon={SearchX} title="Nothing found" className="py-8!">
        <p>Try another spelling, the original title, or no year.</p>
      </EmptyState>
    );
  }
  const chosen = choose.isPending ? choose.variables : null;
  return (
    <ul className="space-y-3">
      {found.data.items.map((candidate) => (
        <Choice
          key={`${candidate.provider}/${candidate.id}`}
          candidate={candidate}
          busy={chosen?.id === candidate.id}
          onChoose={() => choose.mutate(candidate)}
        />
      ))}
    </ul>
  );
}

/** Choose by hand which known film or series a title is. */
export function MatchDialog({ title, onClose }: MatchDialogProps) {
  const [q, setQ] = useState(title.title);
  const [year, setYear] = useState(title.year?.toString() ?? '');
  const wanted = useDebounced(q.trim(), 350);
  const wantedYear = useDebounced(year, 350);
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Fix match"
      description={`Which one is “${title.title}”?`}
    >
      <div className="mb-5 grid grid-cols-[1fr_6rem] gap-3">
        <Field
          label="Title"
          type="search"
          value={q}
          onChange={(event) => setQ(event.target.value)}
        />
        <Field
          label="Year"
          inputMode="numeric"
          maxLength={4}
          value={year}
          onChange={(event) => setYear(event.target.value.replace(/\D/g, ''))}
        />
      </div>
      <Choices
        title={title}
        q={wanted}
        year={wantedYear.length === 4 ? wantedYear : ''}
        onClose={onClose}
      />
    </Dialog>
  );
}
