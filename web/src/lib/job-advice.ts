/** What a person can do about a job that failed, by the code of its error. */
const ADVICE: Record<string, string> = {
  'ingest.archive_damaged': 'The archive itself is broken. Look for another link.',
  'ingest.archive_locked': 'Unpack it with its password yourself, and upload what was in it.',
  'ingest.archive_refused': 'Do not trust this archive. Look for another link.',
  'ingest.archive_unknown': 'Upload the files themselves, or ask the operator for the unpacker.',
  'ingest.content_blocked': 'This content was taken down here and is not let in again.',
  'ingest.link_refused': 'Check the link, and add it anew.',
  'ingest.no_room': 'Make room on the server’s disk, then try again.',
  'ingest.no_room_to_unpack': 'Make room on the server’s disk, then try again.',
  'ingest.not_for_this_source': 'No engine of this server fetches such links.',
  'ingest.nothing_to_play': 'The link leads to something without film, series or audio in it.',
  'ingest.source_changed': 'Something else lies behind the link now. Add it anew.',
  'ingest.source_refused': 'Open the link in a browser: it may have expired, or want a sign-in.',
  'ingest.source_unavailable': 'The other side does not answer at the moment. Try again later.',
  'ingest.too_large': 'An admin can raise the largest size that is accepted.',
  'ingest.wrong_content': 'What came is not what was promised. Try again, or find another link.',
  'runtime.request_refused': 'Addresses inside this network are closed to downloads.',
  'runtime.unreachable': 'Check that the address exists, and try again later.',
  'runtime.program_missing': 'The operator has to install the program that is named above.',
  'runtime.database_unavailable': 'Nothing is lost. Try again in a while.',
  'storage.full': 'Make room in the storage, or choose another one.',
  'storage.object_exists': 'Something else bears that name. Give it another title.',
  'storage.read_only': 'Choose a storage that takes new files.',
  'storage.unavailable': 'The storage does not answer. Try again when it does.',
};

/** Return a sentence, or nothing when only the error itself can tell. */
export const adviceFor = (code: string | null): string => (code && ADVICE[code]) || '';
