import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

interface TabsProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  tabs: { value: string; label: string }[];
  children: ReactNode;
}

/** Tabs over one panel: the panel's content follows `value`. */
export function Tabs({ label, value, onChange, tabs, children }: TabsProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange}>
      <Radix.List
        aria-label={label}
        className="no-scrollbar -mx-2 flex gap-1.5 overflow-x-auto px-2 py-1"
      >
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="h-10 shrink-0 rounded-full border border-line px-4 text-sm font-medium text-soft transition hover:text-ink data-[state=active]:border-transparent data-[state=active]:bg-ink data-[state=active]:text-void"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      <Radix.Content value={value} tabIndex={-1} className="pt-4 outline-none">
        {children}
      </Radix.Content>
    </Radix.Root>
  );
}
