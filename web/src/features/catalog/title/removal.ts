import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';

import { removeFile, removeTitle, restoreFile, restoreTitle } from '@/lib/api/catalog';
import { messageOf } from '@/lib/api/client';
import type { MediaFile, Title } from '@/lib/api/types';
import { versionName } from '@/lib/codecs';
import { toast } from '@/ui/toast-store';

const complain = (error: unknown) => toast(messageOf(error), { tone: 'bad' });

function useRefresh() {
  const client = useQueryClient();
  return () => {
    for (const key of ['titles', 'title', 'continue', 'search', 'progress', 'review']) {
      void client.invalidateQueries({ queryKey: [key] });
    }
  };
}

/** Take one file out of the library, with a way back. The file on disk stays. */
export function useFileRemoval(titleId: string) {
  const refresh = useRefresh();
  const client = useQueryClient();
  return (file: MediaFile) => {
    const undo = () => restoreFile(file.id).then(refresh).catch(complain);
    removeFile(file.id)
      .then(() => {
        void client.invalidateQueries({ queryKey: ['title', titleId] });
        refresh();
        toast(`Removed ${versionName(file)}. The file on disk stays.`, {
          action: { label: 'Undo', run: () => void undo() },
        });
      })
      .catch(complain);
  };
}

/** Take a title out of the library, with a way back, and leave its page. */
export function useTitleRemoval() {
  const refresh = useRefresh();
  const client = useQueryClient();
  const router = useRouter();
  return (title: Title) => {
    const undo = () =>
      restoreTitle(title.id)
        .then(() => {
          refresh();
          return router.navigate({ to: '/title/$id', params: { id: title.id } });
        })
        .catch(complain);
    removeTitle(title.id)
      .then(() => {
        toast(`Removed “${title.title}”. Its files on disk stay.`, {
          action: { label: 'Undo', run: () => void undo() },
        });
        void router.navigate({ to: title.kind === 'show' ? '/series' : '/films' }).then(() => {
          client.removeQueries({ queryKey: ['title', title.id] });
          refresh();
        });
      })
      .catch(complain);
  };
}
