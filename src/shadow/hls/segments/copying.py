"""Copy a segment's own pictures out of a file. Runs in a worker process only."""

from collections.abc import Iterator
from itertools import chain

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from shadow.hls.segments.box import Bytes, video_fragment
from shadow.hls.segments.nal import PARAMETER_SETS, key_units, length_size, units, with_lengths
from shadow.hls.segments.opening import packets_of, stream_of, time_of
from shadow.hls.segments.orders import VideoSource, VideoSpan
from shadow.hls.segments.timeline import Sample, lay_out
from shadow.runtime.media_errors import MediaError

EARLIER = (0, 1, 5, 30)  # seconds before a key packet at which to look for it


def copy_segment(container: InputContainer, source: VideoSource, span: VideoSpan) -> list[Bytes]:
    """Return a segment of the source's own pictures, in pieces.

    Raises:
        MediaError: The key packet that it starts with is not found, or cannot be copied.
    """
    packets = list(_packets_of_span(container, source, span))
    while span.next_key is None and packets[-1].is_corrupt and len(packets) > 1:
        packets.pop()  # the end of a file that was cut off
    return _fragment(packets, source, span)


def key_segment(container: InputContainer, source: VideoSource, span: VideoSpan) -> list[Bytes]:
    """Return the key picture that a segment starts with, alone, shown as long as the segment.

    Raises:
        MediaError: It is not found, or cannot be copied.
    """
    first = next(_packets_of_span(container, source, span))
    return _fragment([first], source, span)


def _fragment(packets: list["Packet[Stream]"], source: VideoSource, span: VideoSpan) -> list[Bytes]:
    samples = list(_samples(packets, source))
    try:
        return video_fragment(span.number, lay_out(samples, span=span, source=source), samples)
    except ValueError as error:
        raise MediaError(f"This part of the film cannot be copied: {error}.") from error


def _samples(packets: list["Packet[Stream]"], source: VideoSource) -> Iterator[Sample]:
    codec = source.codec
    in_units = codec in PARAMETER_SETS
    context = packets[0].stream.codec_context
    size = length_size(context.extradata, codec) if in_units and context is not None else 0
    for packet in packets:
        content: Bytes = memoryview(packet)
        sync = packet.is_keyframe
        if sync and in_units:
            _, sync = key_units(units(memoryview(packet), size), codec)
        if source.annex_b:
            content = with_lengths(bytes(packet), codec)
        yield Sample(time_of(packet) or 0, content, sync)


def _packets_of_span(
    container: InputContainer, source: VideoSource, span: VideoSpan
) -> Iterator["Packet[Stream]"]:
    """Yield the packets of a segment, the key packet first; pictures shown outside it are left out.

    Those are the leading pictures of the first group, and stray ones of a damaged file.
    """
    if span.key is None:
        raise MediaError("This segment does not start with a key picture: it cannot be copied.")
    for packet in _packets_from(container, source, span.key):
        time = time_of(packet)
        if packet.is_keyframe and time == span.next_key:
            return
        if time is not None and span.start <= time < span.end:
            yield packet


def _packets_from(
    container: InputContainer, source: VideoSource, key: int
) -> Iterator["Packet[Stream]"]:
    """Yield packets from a key packet on, wherever the container's seeking lands."""
    stream = stream_of(container, source.stream)
    for seconds in EARLIER:
        at = key - seconds * source.den // source.num
        found = _sought(container, stream, at)
        first = _key_packet(found, key, give_up=True)
        if first is not None:
            return chain((first,), found)
    found = _sought(container, stream, stream.start_time or 0)
    first = _key_packet(found, key, give_up=False)
    if first is None:
        raise MediaError("The file is damaged here: a key picture is not where it was.")
    return chain((first,), found)


def _sought(container: InputContainer, stream: Stream, at: int) -> Iterator["Packet[Stream]"]:
    try:
        container.seek(at, stream=stream, backward=True)
    except av.FFmpegError:
        return iter(())
    return packets_of(container, stream)


def _key_packet(
    packets: Iterator["Packet[Stream]"], key: int, *, give_up: bool
) -> "Packet[Stream] | None":
    """Find the key packet of that time; `give_up` at a later key, for seeking went too far."""
    for packet in packets:
        if packet.is_keyframe:
            time = time_of(packet)
            if time == key:
                return packet
            if give_up and time is not None and time > key:
                return None
    return None
