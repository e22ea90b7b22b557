"""A block is used again when, and only when, nobody can see it any more."""

from shadow.plugins.storage_local.blocks import KEPT, LEAST, BlockPool


def test_a_block_that_nobody_holds_is_used_again() -> None:
    pool = BlockPool()
    pool.take(LEAST)[0] = 7
    assert pool.take(LEAST)[0] == 7


def test_a_block_that_somebody_holds_is_not_used_again() -> None:
    pool = BlockPool()
    held = pool.take(LEAST)
    assert pool.take(LEAST) is not held
    view = memoryview(held)[:10]
    del held
    other = pool.take(LEAST)
    other[:10] = b"x" * 10
    assert bytes(view) == bytes(10)


def test_a_block_of_another_size_is_another_block() -> None:
    pool = BlockPool()
    pool.take(LEAST)
    assert len(pool.take(LEAST * 2)) == LEAST * 2
    assert len(pool.take(7)) == 7


def test_many_held_blocks_stay_apart() -> None:
    pool = BlockPool()
    held = [pool.take(LEAST) for _ in range(KEPT * 3)]
    assert len({id(block) for block in held}) == KEPT * 3
