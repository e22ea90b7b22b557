import { Check, Copy } from 'lucide-react';
import { Fragment, useState } from 'react';

import { IconButton } from '@/ui/icon-button';

/** A line that breaks where its parts do, if it has to. */
function Line({ text }: { text: string }) {
  return (
    <span className="block">
      {text.split(/(?<=[=,])/).map((part, place) => (
        <Fragment key={place}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </span>
  );
}

/** Lines to be put into a file of settings, and a button that takes them. */
export function CopyLines({ lines, label }: { lines: string[]; label: string }) {
  const [copied, setCopied] = useState(false);
  const text = lines.join('\n');
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <div className="mt-3 flex items-start rounded-md border border-line bg-void/60 pl-4">
      <pre className="min-w-0 flex-1 py-3 font-mono text-xs leading-relaxed wrap-anywhere whitespace-pre-wrap text-soft select-all">
        {lines.map((line) => (
          <Line key={line} text={line} />
        ))}
      </pre>
      {/* Not offered where the page is not served over a safe connection: browsers forbid it. */}
      {'clipboard' in navigator && (
        <IconButton
          icon={copied ? Check : Copy}
          label={copied ? `Copied: ${label}` : `Copy: ${label}`}
          onClick={() => void copy()}
        />
      )}
    </div>
  );
}
