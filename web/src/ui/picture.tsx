import { useState } from 'react';

import { imageAt, imageSet } from '@/lib/images';

import { cx } from './cx';

interface PictureProps {
  url: string;
  /** CSS `sizes`: how wide it is shown. */
  sizes: string;
  alt?: string;
  colour?: string | null;
  least?: number;
  most?: number;
  /** Above the fold: fetch at once and first. */
  eager?: boolean;
  className?: string;
  onFailed?: () => void;
}

/** A picture that fades in over its own dominant colour. */
export function Picture(props: PictureProps) {
  const { url, sizes, alt = '', colour, least = 160, most = 780, eager, className } = props;
  const [seen, setSeen] = useState(false);
  return (
    <span
      className={cx('block size-full overflow-hidden', className)}
      style={{ backgroundColor: colour ?? 'var(--color-well)' }}
    >
      <img
        src={imageAt(url, Math.min(most, 780))}
        srcSet={imageSet(url, least, most)}
        sizes={sizes}
        alt={alt}
        loading={eager ? 'eager' : 'lazy'}
        fetchPriority={eager ? 'high' : 'auto'}
        decoding="async"
        draggable={false}
        onLoad={() => setSeen(true)}
        onError={props.onFailed}
        ref={(image) => {
          if (image?.complete && image.naturalWidth) setSeen(true);
        }}
        className={cx(
          'size-full object-cover transition-opacity duration-500',
          seen ? 'opacity-100' : 'opacity-0',
        )}
      />
    </span>
  );
}
