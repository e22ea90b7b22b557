import { ChevronLeft, ChevronRight, type LucideIcon } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import { cx } from '@/ui/cx';
import { Menu, MENU_ITEM, MenuSeparator } from '@/ui/menu';

export interface MenuPage {
  name: string;
  icon: LucideIcon;
  /** What is chosen now. */
  summary?: string;
  content: ReactNode;
}

interface OpenerProps {
  page: MenuPage;
  onOpen: () => void;
}

function Opener({ page, onOpen }: OpenerProps) {
  const Icon = page.icon;
  return (
    <Radix.Item
      data-page={page.name}
      aria-haspopup="menu"
      onSelect={(event) => {
        event.preventDefault();
        onOpen();
      }}
      onKeyDown={(event) => event.key === 'ArrowRight' && onOpen()}
      className={cx(MENU_ITEM, 'text-ink')}
    >
      <Icon aria-hidden className="size-4 text-faint" />
      <span className="flex-1">{page.name}</span>
      <span className="max-w-40 truncate text-xs text-soft">{page.summary}</span>
      <ChevronRight aria-hidden className="-mr-1 size-4 text-faint" />
    </Radix.Item>
  );
}

function Back({ onBack }: { onBack: () => void }) {
  return (
    <Radix.Item
      onSelect={(event) => {
        event.preventDefault();
        onBack();
      }}
      className={cx(MENU_ITEM, 'text-soft')}
    >
      <ChevronLeft aria-hidden className="-ml-1 size-4" />
      All settings
    </Radix.Item>
  );
}

/** Where the keyboard goes on a page: to what is chosen there, or to where one came from. */
function focusOn(held: HTMLElement | null, cameFrom: string | null) {
  const wanted = cameFrom
    ? held?.querySelector<HTMLElement>(`[data-page="${CSS.escape(cameFrom)}"]`)
    : held?.querySelector<HTMLElement>('[role="menuitemradio"][aria-checked="true"]');
  (wanted ?? held?.querySelector<HTMLElement>('[role^="menuitem"]'))?.focus();
}

interface PagedMenuProps {
  trigger: ReactNode;
  container: HTMLElement | null;
  pages: MenuPage[];
  /** What stands below the pages' names. */
  children: ReactNode;
  onOpenChange: (open: boolean) => void;
}

/** A menu of menus, one at a time: it fits a phone, and the keyboard goes in and out with → and ←. */
export function PagedMenu({ trigger, container, pages, children, onOpenChange }: PagedMenuProps) {
  const [[name, cameFrom], go] = useState<[string | null, string | null]>([null, null]);
  const held = useRef<HTMLDivElement>(null);
  const page = pages.find((one) => one.name === name);
  useEffect(() => {
    if (name !== null || cameFrom !== null) focusOn(held.current, cameFrom);
  }, [name, cameFrom]);
  const back = () => go([null, name]);
  return (
    <Menu
      side="top"
      container={container}
      trigger={trigger}
      onOpenChange={(open) => {
        go([null, null]);
        onOpenChange(open);
      }}
    >
      {/* eslint-disable-next-line jsx-a11y-x/no-static-element-interactions -- the keys of the entries within pass here */}
      <div
        ref={held}
        className="w-[min(19rem,calc(100vw-3rem))]"
        onKeyDown={(event) => {
          if (event.key !== 'ArrowLeft' || !page) return;
          event.preventDefault();
          back();
        }}
      >
        {page ? (
          <>
            <Back onBack={back} />
            <MenuSeparator />
            {page.content}
          </>
        ) : (
          <>
            {pages.map((one) => (
              <Opener key={one.name} page={one} onOpen={() => go([one.name, null])} />
            ))}
            <MenuSeparator />
            {children}
          </>
        )}
      </div>
    </Menu>
  );
}
