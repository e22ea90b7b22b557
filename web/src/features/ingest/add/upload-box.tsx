import { Upload } from 'lucide-react';
import { useRef, useState, type DragEvent } from 'react';

import { plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';

import { StorageChoice } from './storage-choice';
import { addFiles } from './upload-engine';

const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

/** Pick files or drop them; they go into the queue at once. */
export function UploadBox() {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [storage, setStorage] = useState('');
  const [said, setSaid] = useState('');
  const take = (files: FileList | null) => {
    if (!files?.length) return;
    addFiles([...files], storage ? { storage } : {});
    setSaid(`${plural(files.length, 'file')} added to the queue`);
  };
  return (
    <div className="space-y-4">
      <div
        role="group"
        aria-label="Files to upload"
        onDragOver={(event) => {
          if (!holdsFiles(event)) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          if (!holdsFiles(event)) return;
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files);
        }}
        className={cx(
          'grid place-items-center gap-3 rounded-md border-2 border-dashed px-6 py-10 text-center transition',
          over ? 'border-glow bg-glow/8' : 'border-line-strong',
        )}
      >
        <Upload aria-hidden className="size-8 text-glow" strokeWidth={1.5} />
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Files to upload"
          onChange={(event) => {
            take(event.target.files);
            event.target.value = '';
          }}
        />
        <Button onClick={() => input.current?.click()}>Choose files</Button>
        <p className="text-sm text-faint">
          or drop them here. Films, episodes, audio, or archives of them.
        </p>
      </div>
      <StorageChoice value={storage} onChange={setStorage} />
      <p className="text-xs text-faint">
        Uploads go on while you look around, as long as this tab is open. One that breaks off can be
        taken up again.
      </p>
      <p role="status" className="sr-only">
        {said}
      </p>
    </div>
  );
}
