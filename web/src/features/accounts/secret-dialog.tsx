import { Check, Copy } from 'lucide-react';
import { useState } from 'react';

import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';

interface SecretDialogProps {
  title: string;
  note: string;
  label: string;
  secret: string;
  onClose: () => void;
}

/** Show something that is shown once. */
export function SecretDialog({ title, note, label, secret, onClose }: SecretDialogProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(secret).then(() => setCopied(true));
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={note}
      footer={
        <Button look="primary" onClick={onClose}>
          I have it
        </Button>
      }
    >
      <div className="flex items-center gap-2 rounded-md border border-glow/40 bg-void/60 p-2 pl-4">
        <output
          aria-label={label}
          className="min-w-0 flex-1 font-mono text-sm break-all select-all"
        >
          {secret}
        </output>
        {/* Not offered where the page is not served over a safe connection: browsers forbid it. */}
        {'clipboard' in navigator && (
          <Button size="sm" icon={copied ? Check : Copy} onClick={() => void copy()}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
