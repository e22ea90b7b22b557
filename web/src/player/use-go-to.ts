import { useNavigate, useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';

/** Ways out of the player that keep the browser's back button sensible. */
export function useGoTo(titleId: string) {
  const navigate = useNavigate();
  const router = useRouter();
  const toFile = useCallback(
    (fileId: string, at?: number) =>
      void navigate({
        to: '/watch/$fileId',
        params: { fileId },
        search: { title: titleId, at },
        replace: true,
      }),
    [navigate, titleId],
  );
  const toTitle = useCallback(() => {
    if (document.fullscreenElement) void document.exitFullscreen();
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: '/title/$id', params: { id: titleId }, replace: true });
  }, [navigate, router, titleId]);
  return { toFile, toTitle };
}
