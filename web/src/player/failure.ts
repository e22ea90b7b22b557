import { streamAddress } from '@/lib/api/streaming';
import type { MediaFile } from '@/lib/api/types';
import { codecName, undecodable, videoOf } from '@/lib/codecs';

/** Why a file does not play. */
export interface PlayFailure {
  kind: 'missing' | 'undecodable' | 'network';
  title: string;
  detail: string;
}

export const MISSING: PlayFailure = {
  kind: 'missing',
  title: 'The file is not there',
  detail:
    'It was moved, renamed or its disk is not mounted. A scan finds it again once it is back.',
};

const NETWORK: PlayFailure = {
  kind: 'network',
  title: 'The connection broke',
  detail: 'The server stopped sending. Check that it is running, then try again.',
};

/** Say what this browser cannot decode in a file. */
export function cannotDecode(file: MediaFile): PlayFailure {
  const foreign = undecodable(file);
  const blamed = foreign.length ? foreign : [videoOf(file)].filter((one) => one !== undefined);
  const names = blamed.map((one) => `${codecName(one.codec)} ${one.type}`).join(' and ');
  const what = `${names || 'something'}${file.container ? ` (${file.container})` : ''}`;
  return {
    kind: 'undecodable',
    title: 'This browser cannot play it',
    detail: foreign.length
      ? `The file holds ${what}, which this browser does not decode. Another version, or another player, may work.`
      : `The file holds ${what}. It may be damaged, or packed in a way that this browser does not read. Another version, or another player, may work.`,
  };
}

/** Find out why the video element gave up, by asking the server about the file. */
export async function diagnose(file: MediaFile): Promise<PlayFailure> {
  try {
    const answer = await fetch(streamAddress(file.id), { method: 'HEAD' });
    if (answer.status === 404 || answer.status === 410) return MISSING;
    return answer.ok
      ? cannotDecode(file)
      : { ...NETWORK, detail: `The server refused the file (${answer.status}).` };
  } catch {
    return NETWORK;
  }
}
