import { Search, SlidersHorizontal, Upload } from 'lucide-react';

import { messageOf } from '@/lib/api/client';
import { SUBTITLE_FILES, uploadSubtitle } from '@/lib/api/subtitles';
import { pickFile } from '@/lib/playback/pick-file';
import { trackOptions } from '@/lib/playback/subtitle-names';
import { MenuChoice, MenuItem, MenuSeparator } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

import { usePlayback } from '../engine/context';
import { addSubtitle, chooseSubtitle, openPanel, useSubtitles } from './store';

async function upload(fileId: string): Promise<void> {
  const picked = await pickFile(SUBTITLE_FILES);
  if (!picked) return;
  try {
    addSubtitle(await uploadSubtitle(fileId, picked));
  } catch (error) {
    toast(messageOf(error), { tone: 'bad' });
  }
}

/** Subtitles in the settings menu: which, how they look, and more of them. */
export function SubtitleMenu() {
  const { file } = usePlayback();
  const { tracks, chosen } = useSubtitles();
  return (
    <>
      <MenuChoice
        label="Subtitles"
        value={chosen ?? ''}
        options={[{ value: '', label: 'Off' }, ...trackOptions(tracks)]}
        onChange={(id) => chooseSubtitle(id || null)}
      />
      <MenuSeparator />
      <MenuItem icon={SlidersHorizontal} onSelect={() => openPanel('style')}>
        Look and timing
      </MenuItem>
      <MenuItem icon={Search} onSelect={() => openPanel('search')}>
        Find online
      </MenuItem>
      <MenuItem icon={Upload} onSelect={() => void upload(file.id)}>
        Add a file
      </MenuItem>
    </>
  );
}
