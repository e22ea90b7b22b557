"""What ingestion tells, once it is committed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryFolderAdded:
    """A person added a library folder."""

    root_id: int


@dataclass(frozen=True, slots=True)
class LinkBrought:
    """A link that a person gave has become files of the library. Ids are database ids.

    Told at least once: a crash at the wrong moment repeats it with the same `job_id`. `asked_by`
    is the person, where one is known.
    """

    job_id: str
    asked_by: int | None
    title_ids: tuple[int, ...]
    file_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SubmissionReceived:
    """Somebody who may not add to the library proposed something: it waits for a decision."""

    submission_id: str
    title: str


@dataclass(frozen=True, slots=True)
class SubmissionSettled:
    """A submission was approved or rejected (`state`). `user_id` is who proposed it."""

    submission_id: str
    title: str
    state: str
    user_id: int | None
