"""The hash that subtitle services go by."""

from pathlib import Path

from shadow.kit.hashing import OSHASH_BLOCK, oshash


def test_the_hash_is_the_size_and_the_sums_of_both_ends(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(
        b"\1" + bytes(OSHASH_BLOCK - 1) + bytes(5) + bytes(OSHASH_BLOCK - 8) + b"\2" * 8
    )
    size = 2 * OSHASH_BLOCK + 5
    assert oshash(path) == f"{size + 1 + 0x0202020202020202:016x}"


def test_the_sum_wraps_at_64_bits(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(b"\xff" * 2 * OSHASH_BLOCK)
    assert oshash(path) == f"{(2 * OSHASH_BLOCK - 2 * OSHASH_BLOCK // 8) % (1 << 64):016x}"


def test_what_is_too_short_has_none(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(bytes(2 * OSHASH_BLOCK - 1))
    assert oshash(path) is None
