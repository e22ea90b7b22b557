const NAMES: Record<string, string> = {
  local: 'This server’s disk',
  s3: 'S3',
  rclone: 'rclone',
  telegram: 'Telegram',
};

/** What people call a storage. */
export const storageName = (name: string): string => NAMES[name] ?? name;
