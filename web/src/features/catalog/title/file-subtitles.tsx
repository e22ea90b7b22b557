import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Trash2, Upload } from 'lucide-react';
import { useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import type { SubtitleChoice } from '@/lib/api/playback';
import {
  deleteSubtitle,
  SUBTITLE_FILES,
  subtitlesQuery,
  uploadSubtitle,
} from '@/lib/api/subtitles';
import { pickFile } from '@/lib/playback/pick-file';
import { trackOptions } from '@/lib/playback/subtitle-names';
import { atLeast } from '@/lib/roles';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';
import { toast } from '@/ui/toast-store';

function useRemove(fileId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => deleteSubtitle(fileId, id),
    onSuccess: () => client.invalidateQueries({ queryKey: ['subtitles', fileId] }),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
}

function useUpload(fileId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const picked = await pickFile(SUBTITLE_FILES);
      return picked ? uploadSubtitle(fileId, picked) : null;
    },
    onSuccess: (track) => {
      if (!track) return;
      toast('Subtitles added.', { tone: 'good' });
      void client.invalidateQueries({ queryKey: ['subtitles', fileId] });
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
}

/** Those that came after the file and can be taken away without touching it. */
const removable = (track: SubtitleChoice) =>
  track.origin === 'uploaded' || track.origin === 'found';

interface LineProps {
  track: SubtitleChoice;
  name: string;
  hint: string;
  onRemove: (() => void) | null;
}

function Line({ track, name, hint, onRemove }: LineProps) {
  return (
    <li className="flex min-h-11 items-center gap-2 border-t border-line first:border-0">
      <span className="min-w-0 flex-1 truncate text-sm">
        {name} {hint && <span className="text-faint">{hint}</span>}
      </span>
      {track.url && (
        <a
          href={track.url}
          download
          aria-label={`Download ${name} ${hint}`.trim()}
          className="grid size-11 place-items-center rounded-full text-faint transition hover:bg-pane-strong hover:text-ink"
        >
          <Download aria-hidden className="size-5" />
        </a>
      )}
      {onRemove && (
        <IconButton icon={Trash2} label={`Remove ${name} ${hint}`.trim()} onClick={onRemove} />
      )}
    </li>
  );
}

/** The subtitles of a file; editors may add some, and remove what was added. */
export function FileSubtitles({ fileId }: { fileId: string }) {
  const { data: me } = useQuery(meQuery);
  const { data: tracks } = useQuery(subtitlesQuery(fileId));
  const upload = useUpload(fileId);
  const remove = useRemove(fileId);
  const [leaving, setLeaving] = useState<{ id: string; name: string } | null>(null);
  const editor = atLeast(me?.role, 'moderator');
  if (!tracks || (!tracks.length && !editor)) return null;
  const options = trackOptions(tracks);
  return (
    <section aria-label="Subtitles" className="mt-6">
      <div className="flex items-center justify-between gap-3">
        <h3 className="text-base">Subtitles</h3>
        {editor && (
          <Button
            look="quiet"
            size="sm"
            icon={Upload}
            busy={upload.isPending}
            onClick={() => upload.mutate()}
          >
            Add a file
          </Button>
        )}
      </div>
      {!tracks.length && <p className="text-sm text-faint">None yet.</p>}
      <ul className="mt-1">
        {tracks.map((track, index) => {
          const { label = '', hint = '' } = options[index] ?? {};
          const ask = () => setLeaving({ id: track.id, name: label });
          return (
            <Line
              key={track.id}
              track={track}
              name={label}
              hint={hint}
              onRemove={editor && removable(track) ? ask : null}
            />
          );
        })}
      </ul>
      <Confirm
        open={leaving !== null}
        title={`Remove the ${leaving?.name ?? ''} subtitles?`}
        verb="Remove"
        onClose={() => setLeaving(null)}
        onConfirm={() => {
          if (leaving) remove.mutate(leaving.id);
          setLeaving(null);
        }}
      >
        They were added by hand, and are not part of the film’s file.
      </Confirm>
    </section>
  );
}
