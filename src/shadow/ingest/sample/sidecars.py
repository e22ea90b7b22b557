"""Write the `.nfo` files of the sample library, in the form that Kodi and others read."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shadow.ingest.sample.stories import SERIES, Story

STUDIO = "Shadow Systems"
LICENCE = "Invented and drawn for Shadow Systems. CC0 1.0: free for any use."


def film_nfo(story: Story) -> bytes:
    """Describe a film."""
    root = Element("movie")
    described(root, story.title, story.year, story.plot, story.genres)
    SubElement(root, "tagline").text = story.tagline
    SubElement(root, "runtime").text = str(story.seconds // 60)
    played_by(root, story.cast)
    return written(root)


def series_nfo() -> bytes:
    """Describe the series."""
    root = Element("tvshow")
    described(root, SERIES.title, SERIES.year, SERIES.plot, SERIES.genres)
    played_by(root, SERIES.cast)
    return written(root)


def episode_nfo(story: Story) -> bytes:
    """Describe an episode."""
    root = Element("episodedetails")
    described(root, story.title, story.year, story.plot, ())
    SubElement(root, "showtitle").text = SERIES.title
    SubElement(root, "season").text = str(story.season)
    SubElement(root, "episode").text = str(story.episode)
    SubElement(root, "aired").text = f"{story.year}-09-{7 * story.episode:02d}"
    return written(root)


def described(root: Element, title: str, year: int, plot: str, genres: Sequence[str]) -> None:
    """Add what all kinds share."""
    SubElement(root, "title").text = title
    SubElement(root, "plot").text = plot
    SubElement(root, "year").text = str(year)
    for genre in genres:
        SubElement(root, "genre").text = genre
    SubElement(root, "studio").text = STUDIO
    SubElement(root, "credits").text = LICENCE


def played_by(root: Element, cast: Sequence[tuple[str, str]]) -> None:
    """Add the cast in order."""
    for order, (name, role) in enumerate(cast):
        actor = SubElement(root, "actor")
        SubElement(actor, "name").text = name
        SubElement(actor, "role").text = role
        SubElement(actor, "order").text = str(order)


def written(root: Element) -> bytes:
    """Write a document with its declaration."""
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"
