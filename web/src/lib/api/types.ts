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
export type OfferedFile = Schemas['OfferedFile'];
export type OfferedList = Schemas['OfferedList'];
/** Its `url` is a magnet link that the server can fetch by the torrent file it was given. */
export type TorrentFiles = Schemas['TorrentOut'];
export type Upload = Schemas['UploadOut'];
export type UploadList = Schemas['UploadList'];

/** What somebody proposed for the library. */
export type Submission = Schemas['SubmissionOut'];
export type SubmissionPage = Schemas['SubmissionPage'];
export type SubmittedFile = Submission['files'][number];
export type BlockedHash = Schemas['BlockOut'];
export type BlockPage = Schemas['BlockPage'];

/** A place that holds a file's bytes. */
export type FileCopy = Schemas['CopyOut'];
export type CopyList = Schemas['CopyList'];
export type CopyPlaceList = Schemas['CopyPlaceList'];
