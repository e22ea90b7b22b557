import { useState } from 'react';

import type { MediaFile, MediaStream, Title } from '@/lib/api/types';
import { codecName, versionName } from '@/lib/codecs';
import { bitrate, bytes, channels, clock, day, episodeCode, language, plural } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Disclosure } from '@/ui/disclosure';
import { SelectBox } from '@/ui/field';

import { FileCopies } from './file-copies';
import { FileSubtitles } from './file-subtitles';
import { HowItPlays } from './how-it-plays';

function pictureFacts(stream: MediaStream): string {
  return [
    stream.width && stream.height ? `${stream.width}×${stream.height}` : '',
    stream.fps ? `${Math.round(stream.fps * 1000) / 1000} fps` : '',
    stream.bit_depth ? `${stream.bit_depth} bit` : '',
    stream.hdr ?? '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function soundFacts(stream: MediaStream): string {
  const rate = stream.sample_rate ? `${stream.sample_rate / 1000} kHz` : '';
  return [channels(stream.channels), rate].filter(Boolean).join(' · ');
}

const factsOf = (stream: MediaStream) =>
  [
    stream.type === 'video' ? pictureFacts(stream) : soundFacts(stream),
    stream.bitrate ? bitrate(stream.bitrate) : '',
  ]
    .filter(Boolean)
    .join(' · ');

const flags = (stream: MediaStream) =>
  [stream.default ? 'default' : '', stream.forced ? 'forced' : ''].filter(Boolean).join(', ');

function Streams({ file }: { file: MediaFile }) {
  return (
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a scrolling region has to be reachable by keyboard
    <div className="-mx-5 overflow-x-auto px-5" role="region" aria-label="Streams" tabIndex={0}>
      <table className="w-full min-w-[36rem] text-left text-sm">
        <thead className="text-xs text-faint">
          <tr>
            {['#', 'Type', 'Codec', 'Language', 'Details', 'Flags'].map((name) => (
              <th key={name} scope="col" className="py-2 pr-4 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="text-soft">
          {file.streams.map((stream) => (
            <tr key={stream.index} className="border-t border-line">
              <td className="py-2.5 pr-4 tabular-nums">{stream.index}</td>
              <td className="py-2.5 pr-4 text-ink capitalize">{stream.type}</td>
              <td className="py-2.5 pr-4">
                {codecName(stream.codec)}
                {stream.profile && <span className="text-faint"> {stream.profile}</span>}
              </td>
              <td className="py-2.5 pr-4">
                {stream.language ? language(stream.language) : '–'}
                {stream.title && <span className="text-faint"> {stream.title}</span>}
              </td>
              <td className="py-2.5 pr-4">{factsOf(stream) || '–'}</td>
              <td className="py-2.5">{flags(stream) || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FileFacts({ file }: { file: MediaFile }) {
  const facts: [string, string | null][] = [
    ['Size', bytes(file.size)],
    ['Container', file.container],
    ['Duration', file.duration ? clock(file.duration) : null],
    ['Bitrate', file.bitrate ? bitrate(file.bitrate) : null],
    ['Source', file.source],
    ['Group', file.group],
    ['Chapters', file.chapters.length ? String(file.chapters.length) : null],
    ['Added', day(file.added_at)],
  ];
  return (
    <>
      <p className="mb-4 text-sm break-all text-soft">{file.path}</p>
      {file.error && <p className="mb-4 text-sm text-bad">{file.error}</p>}
      <dl className="mb-5 grid grid-cols-2 gap-4 sm:grid-cols-4">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt className="text-xs text-faint">{name}</dt>
              <dd className="text-sm">{value}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}

const optionName = (file: MediaFile) =>
  [episodeCode(file.season, file.episode), versionName(file)].filter(Boolean).join(' · ');

/** Everything the probe knows about the files, on demand. */
export function TechnicalDetails({ title }: { title: Title }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const file = title.files.find((one) => one.id === chosen) ?? title.files[0];
  if (!file) return null;
  const ids = Object.entries(title.external_ids);
  return (
    <div className="max-w-5xl">
      <Disclosure title="Technical details" hint={plural(title.files.length, 'file')}>
        {title.files.length > 1 && (
          <SelectBox
            aria-label="File"
            className="mb-4 max-w-md"
            value={file.id}
            onChange={(event) => setChosen(event.target.value)}
          >
            {title.files.map((one) => (
              <option key={one.id} value={one.id}>
                {optionName(one)}
              </option>
            ))}
          </SelectBox>
        )}
        <FileFacts file={file} />
        <HowItPlays key={file.id} fileId={file.id} className="mb-5" />
        <Streams file={file} />
        <FileCopies key={`copies ${file.id}`} file={file} />
        <FileSubtitles key={`subtitles ${file.id}`} fileId={file.id} />
        {ids.length > 0 && (
          <p className="mt-5 flex flex-wrap gap-2">
            {ids.map(([name, value]) => (
              <Badge key={name}>
                {name.toUpperCase()} {value}
              </Badge>
            ))}
          </p>
        )}
      </Disclosure>
    </div>
  );
}
