/** Short names for the shapes of the API. The generated file is the truth. */
import type { components } from '@/generated/api';

type Schemas = components['schemas'];

export type Image = Schemas['ImageOut'];
export type TitleKind = TitleCard['kind'];
export type TitleCard = Schemas['TitleCard'];
export type TitlePage = Schemas['TitlePage'];
export type Title = Schemas['TitleOut'];
export type TitleEdit = Schemas['TitleEdit'];
export type Season = Schemas['SeasonOut'];
export type Episode = Schemas['EpisodeOut'];
export type MediaFile = Schemas['MediaFileOut'];
export type MediaStream = Schemas['StreamOut'];
export type Chapter = Schemas['ChapterOut'];
export type Credit = Schemas['CreditOut'];
export type Person = Schemas['PersonOut'];
export type GenreList = Schemas['GenreList'];
export type SearchHit = Schemas['SearchHit'];
export type SearchResult = Schemas['SearchOut'];
export type Candidate = Schemas['CandidateOut'];
export type CandidateList = Schemas['CandidateList'];
export type ReviewItem = Schemas['ReviewItem'];
export type ReviewPage = Schemas['ReviewPage'];

export type Me = Schemas['MeOut'];
export type Role = Me['role'];
export type Welcome = Schemas['WelcomeOut'];
export type OneTimeLink = Schemas['LinkOut'];
export type User = Schemas['UserOut'];
export type UserList = Schemas['UserList'];
export type LoginLink = Schemas['LoginLinkOut'];
export type Session = Schemas['SessionOut'];
export type SessionList = Schemas['SessionList'];
export type ApiToken = Schemas['TokenOut'];
export type ApiTokenCreated = Schemas['TokenCreated'];
export type ApiTokenList = Schemas['TokenList'];
export type Scope = NonNullable<Schemas['TokenIn']['scopes']>[number];

export type Folder = Schemas['FolderOut'];
export type FolderList = Schemas['FolderList'];
export type Problem = Schemas['ProblemOut'];
export type ProblemPage = Schemas['ProblemPage'];
export type JobStarted = Schemas['JobStarted'];

export type Progress = Schemas['ProgressOut'];
export type TitleProgress = Schemas['TitleProgress'];
export type ContinueItem = Schemas['ContinueItem'];
export type ContinueList = Schemas['ContinueList'];

export type LeechOrder = Schemas['LeechIn'];
export type StorageList = Schemas['StorageList'];

/** A file that a torrent or magnet link holds, numbered from 1. */
export interface OfferedFile {
  number: number;
  path: string;
  size: number;
}

export interface TorrentFiles {
  /** A magnet link that the server can fetch by the torrent file it was given. */
  url: string;
  name: string;
  items: OfferedFile[];
}

/** A file that is sent piece by piece; `job_id` once it is whole. */
export interface Upload {
  id: string;
  name: string;
  size: number;
  received: number;
  job_id: string | null;
  expires_at: string;
}

export interface UploadList {
  items: Upload[];
}

export interface SubmittedFile {
  name: string;
  size: number;
  duration: number | null;
  width: number | null;
  height: number | null;
}

/** What somebody proposed for the library. */
export interface Submission {
  id: string;
  state: 'waiting' | 'approved' | 'rejected';
  title: string;
  year: number | null;
  origin: string;
  files: SubmittedFile[];
  /** How many preview pictures there are, numbered from 1. */
  pictures: number;
  user: string | null;
  reason: string | null;
  created_at: string;
  decided_at: string | null;
}

export interface SubmissionPage {
  items: Submission[];
  next_cursor: string | null;
  total: number;
}

export interface BlockedHash {
  sha256: string;
  name: string;
  reason: string;
  user: string | null;
  added_at: string;
}

export interface BlockPage {
  items: BlockedHash[];
  next_cursor: string | null;
  total: number;
}

/** A place that holds a file's bytes. */
export interface FileCopy {
  kind: string;
  place: string;
  url: string | null;
  size: number;
  state: string;
  checked_at: string | null;
}

export interface CopyList {
  items: FileCopy[];
}

export interface MirrorList {
  items: { name: string; kind: string }[];
}
