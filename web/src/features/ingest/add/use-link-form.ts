import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { messageOf } from '@/lib/api/client';
import { listLinkFiles, readTorrent, startLeech } from '@/lib/api/ingest';
import { refreshJobs } from '@/lib/api/jobs';
import type { OfferedFile } from '@/lib/api/types';
import { plural } from '@/lib/format';
import { follow } from '@/lib/followed';
import { toast } from '@/ui/toast-store';

import { linkLabel, linksIn, linkTrouble, mayHoldFiles } from './links';

export interface LinkWishes {
  title: string;
  priority: number;
  storage: string;
}

const NO_WISHES: LinkWishes = { title: '', priority: 0, storage: '' };
const ALL: ReadonlySet<number> = new Set();

interface Offer {
  /** The link that it belongs to: another one makes it worthless. */
  url: string;
  name: string | null;
  items: OfferedFile[];
}

interface Begun {
  ids: string[];
  /** Links that were refused, each with why. */
  refused: { url: string; error: string }[];
}

/** Ask for each link by itself: one that is refused does not keep the others out. */
async function beginAll(links: string[], wishes: LinkWishes, files: number[]): Promise<Begun> {
  const begun: Begun = { ids: [], refused: [] };
  const { priority } = wishes;
  const storage = wishes.storage || null;
  const title = (links.length === 1 && wishes.title.trim()) || null;
  for (const url of links) {
    try {
      const { id } = await startLeech({ url, title, priority, storage, files });
      follow({ id, label: title ?? linkLabel(url) });
      begun.ids.push(id);
    } catch (error) {
      begun.refused.push({ url, error: messageOf(error) });
    }
  }
  return begun;
}

/** The state of the form that takes links. */
export function useLinkForm() {
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [wishes, setWishes] = useState(NO_WISHES);
  const [offer, setOffer] = useState<Offer | null>(null);
  const [chosen, setChosen] = useState(ALL);
  const links = linksIn(text);
  const only = links.length === 1 ? links[0] : undefined;
  const offered = offer && offer.url === only ? offer : null;

  const take = (next: Offer) => {
    setOffer(next);
    setChosen(new Set(next.items.map((file) => file.number)));
  };
  const look = useMutation({
    mutationFn: (url: string) => listLinkFiles(url),
    onSuccess: ({ items }, url) => take({ url, name: null, items }),
  });
  const torrent = useMutation({
    mutationFn: readTorrent,
    onSuccess: ({ url, name, items }) => {
      setText(url);
      take({ url, name, items });
    },
  });
  const begin = useMutation({
    mutationFn: () => {
      const all = !offered || chosen.size === offered.items.length;
      return beginAll(links, wishes, all ? [] : [...chosen].sort((a, b) => a - b));
    },
    onSuccess: ({ ids, refused }) => {
      if (ids.length) toast(`${plural(ids.length, 'download')} added.`, { tone: 'good' });
      setText(refused.map((one) => one.url).join('\n'));
      if (!refused.length) {
        setWishes({ ...NO_WISHES, storage: wishes.storage });
        setOffer(null);
      }
      refreshJobs(client);
    },
  });
  const trouble = links.map(linkTrouble).find((one) => one !== null) ?? null;
  const nothing = offered !== null && offered.items.length > 0 && chosen.size === 0;
  return {
    text,
    setText,
    wishes,
    setWishes: (change: Partial<LinkWishes>) => setWishes({ ...wishes, ...change }),
    links,
    trouble,
    /** The one link whose files can be listed, if there is such. */
    listable: only && mayHoldFiles(only) ? only : null,
    offered,
    chosen,
    setChosen,
    look,
    torrent,
    begin,
    ready: links.length > 0 && trouble === null && !nothing,
  };
}
