from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sdk.envelope import Message
from connectors.sdk.errors import BrokerUnavailable, SpoolDamaged, SpoolInUse
from connectors.sdk.spool import Spool


def _message(n: int) -> Message:
    return Message("urban.x", f"key {n}".encode(), bytes([n % 256]) * n, (("ce_id", str(n).encode()), ("empty", b"")))


def _filled(path: Path, count: int) -> None:
    spool = Spool(path)
    for n in range(count):
        spool.append(_message(n))
    spool.close()


def test_messages_come_back_whole_and_in_order(tmp_path: Path) -> None:
    _filled(tmp_path / "spool", 50)
    spool = Spool(tmp_path / "spool")
    assert spool.waiting == 50
    assert [message for message, _ in spool.messages()] == [_message(n) for n in range(50)]
    spool.close()


def test_acknowledged_messages_do_not_come_back(tmp_path: Path) -> None:
    _filled(tmp_path / "spool", 50)
    spool = Spool(tmp_path / "spool")
    positions = [position for _, position in spool.messages()]
    spool.acknowledge(positions[19], 20)
    spool.append(_message(50))
    spool.close()
    again = Spool(tmp_path / "spool")
    assert [message for message, _ in again.messages()] == [_message(n) for n in range(20, 51)]
    again.close()


def test_the_file_is_emptied_when_nothing_waits(tmp_path: Path) -> None:
    _filled(tmp_path / "spool", 5)
    spool = Spool(tmp_path / "spool")
    spool.acknowledge([position for _, position in spool.messages()][-1], 5)
    assert spool.waiting == 0
    assert (tmp_path / "spool").stat().st_size == 0
    spool.append(_message(7))
    assert [message for message, _ in spool.messages()] == [_message(7)]
    spool.close()


@pytest.mark.parametrize("cut", [1, 5, 8, 9, 30])
def test_a_frame_cut_off_at_the_end_is_dropped_and_the_rest_kept(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "spool"
    _filled(path, 10)
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    spool = Spool(path)
    assert [message for message, _ in spool.messages()] == [_message(n) for n in range(9)]
    spool.append(_message(99))
    assert [message for message, _ in spool.messages()][-1] == _message(99)
    spool.close()


def test_space_that_was_never_written_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    _filled(path, 3)
    path.write_bytes(path.read_bytes() + bytes(4096))
    spool = Spool(path)
    assert spool.waiting == 3
    spool.close()


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_a_damaged_byte_before_the_last_frame_is_a_named_error(tmp_path: Path, at: int) -> None:
    path = tmp_path / "spool"
    _filled(path, 40)
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(SpoolDamaged, match=r"damaged at byte .*checksum"):
        Spool(path)


def test_a_second_process_cannot_take_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with pytest.raises(SpoolInUse, match="another process"):
        Spool(tmp_path / "spool")
    spool.close()
    Spool(tmp_path / "spool").close()


def test_a_full_spool_refuses_more_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", max_bytes=500)
    for _ in range(4):
        spool.append(_message(40))
    with pytest.raises(BrokerUnavailable, match="its limit of 500 bytes"):
        spool.append(_message(40))
    assert [message for message, _ in spool.messages()] == [_message(40)] * 4
    spool.close()
