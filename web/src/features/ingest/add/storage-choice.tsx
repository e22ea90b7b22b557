import { useQuery } from '@tanstack/react-query';

import { meQuery } from '@/lib/api/accounts';
import { storagesQuery } from '@/lib/api/ingest';
import { atLeast } from '@/lib/roles';
import { storageName } from '@/lib/storage-names';
import { Select } from '@/ui/field';

interface StorageChoiceProps {
  value: string;
  onChange: (storage: string) => void;
}

/** Where it is to be kept: for those who may know, when there is a choice. */
export function StorageChoice({ value, onChange }: StorageChoiceProps) {
  const { data: me } = useQuery(meQuery);
  const storages = useQuery({ ...storagesQuery, enabled: atLeast(me?.role, 'admin') });
  const writable = storages.data?.items.filter((one) => one.writable) ?? [];
  if (writable.length < 2) return null;
  const usual = writable.find((one) => one.default)?.name;
  return (
    <Select label="Keep it in" value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{usual ? `${storageName(usual)} (as usual)` : 'As usual'}</option>
      {writable
        .filter((one) => !one.default)
        .map((one) => (
          <option key={one.name} value={one.name}>
            {storageName(one.name)}
          </option>
        ))}
    </Select>
  );
}
