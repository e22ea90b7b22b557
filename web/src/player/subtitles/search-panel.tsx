import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, LoaderCircle } from 'lucide-react';
import { useState } from 'react';

import { messageOf } from '@/lib/api/client';
import { fetchSubtitle, findSubtitlesQuery, type FoundSubtitle } from '@/lib/api/subtitles';
import { count } from '@/lib/format';
import { baseLanguage, languageName } from '@/lib/playback/languages';
import { Badge } from '@/ui/badge';
import { SelectBox } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { toast } from '@/ui/toast-store';

import { usePlayback } from '../engine/context';
import { loadRemembered } from './choose';
import { SidePanel } from './side-panel';
import { addSubtitle, openPanel } from './store';

const COMMON =
  'en de fr es it pt pt-BR nl pl cs sk hu ro bg el tr ru uk ar he fa hi id th vi zh ja ko sv no da fi';

function languageOptions(): { value: string; label: string }[] {
  const own = navigator.languages.map(baseLanguage);
  const all = [...new Set([...own, ...COMMON.split(' ')])].filter(Boolean);
  return all.map((value) => ({ value, label: languageName(value) }));
}

function useTake(fileId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (found: FoundSubtitle) => fetchSubtitle(fileId, found),
    onSuccess: (track) => {
      void client.invalidateQueries({ queryKey: ['subtitles', fileId], exact: true });
      addSubtitle(track);
      openPanel(null);
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
}

function Found({ found, fileId }: { found: FoundSubtitle; fileId: string }) {
  const take = useTake(fileId);
  return (
    <li className="flex items-center gap-2 border-t border-line py-1.5 first:border-0">
      <div className="min-w-0 flex-1">
        <p className="line-clamp-2 text-sm break-words">{found.name}</p>
        <p className="mt-0.5 flex flex-wrap items-center gap-1.5 text-xs text-faint">
          {found.exact && <Badge tone="good">For this file</Badge>}
          {found.machine && <Badge tone="warn">Machine translation</Badge>}
          {found.sdh && <Badge>SDH</Badge>}
          {found.forced && <Badge>Forced</Badge>}
          {found.provider}
          {found.downloads ? ` · ${count(found.downloads)} downloads` : ''}
        </p>
      </div>
      <IconButton
        icon={take.isPending ? LoaderCircle : Download}
        label={`Use ${found.name}`}
        disabled={take.isPending}
        onClick={() => take.mutate(found)}
      />
    </li>
  );
}

function Results({ fileId, language }: { fileId: string; language: string }) {
  const found = useQuery(findSubtitlesQuery(fileId, language));
  if (found.isPending) {
    return (
      <p role="status" className="flex items-center gap-2 text-sm text-soft">
        <LoaderCircle aria-hidden className="size-4 animate-spin" /> Searching…
      </p>
    );
  }
  if (found.error) {
    return (
      <p role="alert" className="text-sm text-bad">
        {messageOf(found.error)}
      </p>
    );
  }
  if (!found.data.length) {
    return (
      <p role="status" className="text-sm text-soft">
        Nothing was found in {languageName(language)}. Where to look is set up by an admin.
      </p>
    );
  }
  return (
    <ul aria-label="Found subtitles">
      {found.data.map((one) => (
        <Found key={`${one.provider} ${one.id}`} found={one} fileId={fileId} />
      ))}
    </ul>
  );
}

/** Look for subtitles with the providers that the server knows. */
export function SearchPanel() {
  const { file } = usePlayback();
  const options = languageOptions();
  const [language, setLanguage] = useState(
    () => baseLanguage(loadRemembered()?.language) || (options[0]?.value ?? 'en'),
  );
  return (
    <SidePanel title="Find subtitles">
      <SelectBox
        aria-label="Language"
        value={language}
        onChange={(event) => setLanguage(event.target.value)}
        className="mb-4"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </SelectBox>
      <Results fileId={file.id} language={language} />
    </SidePanel>
  );
}
