"""MLLP: senders as hospitals have them, over real connections."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk import CsvFormat, Element, Payload, Row, SubscribingConnector
from connectors.sdk.envelope import header
from connectors.sdk.errors import BadSetting
from connectors.sdk.transports.mllp_frames import END, START, Frames, acknowledgement
from tests.connectors.sdk.good import GoodLines
from tests.connectors.sdk.transports.conftest import Listening, Reader, keys, rules, wait_for
from tests.connectors.sdk.transports.servers import connect
from vigie.local.ports import free_ports, is_listening


class Arrivals(SubscribingConnector):
    """One message is one report; key `good:` and its visit."""

    contract, family = GoodLines.contract, GoodLines.family
    label, attribution = GoodLines.label, GoodLines.attribution
    format = CsvFormat(delimiter="|", columns=("MSH", "id", "date", "control"))
    transport = "mllp"

    def split(self, payload: Payload) -> Iterator[Element]:
        yield Element(payload.content.split(b"|"), payload.content, 0)

    def to_row(self, element: Element, payload: Payload) -> Row:
        date = element.value[6].decode("ascii", "replace")
        return {
            "report_id": "good:" + element.value[9].decode("utf-8", "replace"),
            "occurred_at": f"{date[:4]}-{date[4:6]}-{date[6:8]}T10:00:00Z" if date.isdigit() else date,
            "time_precision_code": "day",
            "source_category": "arrival",
        }

    def text(self, element: Element) -> str:
        return element.raw.decode("utf-8", "backslashreplace")


def hl7(control_id: object, date: str = "20240102") -> bytes:
    msh = f"MSH|^~\\&|EMR|HOSPITAL|VIGIE|CITY|{date}||ADT^A04|{control_id}|P|2.5"
    return f"{msh}\rEVN|A04|{date}\rPV1||E\r".encode()


def framed(content: bytes) -> bytes:
    return START + content + END


@contextmanager
def listening(reader: Reader, **settings: object) -> Iterator[tuple[int, Listening]]:
    """A transport that listens; the connector's source may have any number of senders."""
    (port,) = free_ports(1)
    with reader.listen(Arrivals, **{"url": f"mllp://127.0.0.1:{port}", **settings}) as running:
        wait_for(lambda: is_listening(port) or bool(running.errors))
        assert not running.errors
        yield port, running


def answer(connection: socket.socket) -> list[bytes]:
    """The next acknowledgement: its MSA segment."""
    received = b""
    while not received.endswith(END):
        part = connection.recv(1)
        assert part, "the connection was closed without an answer"
        received += part
    assert received.startswith(START + b"MSH|^~\\&|")
    segments = received[1:-2].split(b"\r")
    assert segments[0].split(b"|")[8] == b"ACK"
    return segments[1].split(b"|")


def test_a_message_is_answered_when_its_records_are_safe(reader: Reader) -> None:
    with listening(reader) as (port, _), connect(port) as sender:
        sender.sendall(framed(hl7("C1")))
        assert answer(sender) == [b"MSA", b"AA", b"C1"]
        assert keys(reader.sink.acknowledged) == ["good:C1"]
        assert header(reader.sink.acknowledged[0].headers, "ce_payloadurl") == f"mllp://127.0.0.1:{port}"


def test_no_answer_is_given_while_records_are_not_safe_and_the_retry_doubles_nothing(reader: Reader) -> None:
    reader.sink.fails_at = 1
    with listening(reader) as (port, running), connect(port) as sender:
        sender.sendall(framed(hl7("C1")))
        assert sender.recv(100) == b""
        wait_for(lambda: bool(running.errors))
    for _ in range(2):
        with listening(reader) as (port, _), connect(port) as sender:
            sender.sendall(framed(hl7("C1")))
            assert answer(sender)[1:] == [b"AA", b"C1"]
    first, second = reader.sink.acknowledged
    assert first.key == second.key
    assert header(first.headers, "ce_id") == header(second.headers, "ce_id")
    assert header(first.headers, "ce_payloadid") == header(second.headers, "ce_payloadid")


def test_frames_split_over_packets_and_several_in_one_are_told_apart(reader: Reader) -> None:
    with listening(reader) as (port, _), connect(port) as sender:
        sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in framed(hl7("C1")):
            sender.sendall(bytes([byte]))
        assert answer(sender)[2] == b"C1"
        sender.sendall(framed(hl7("C2")) + framed(hl7("C3")) + START)
        assert [answer(sender)[2], answer(sender)[2]] == [b"C2", b"C3"]
        sender.sendall(hl7("C4") + END)
        assert answer(sender)[2] == b"C4"
    assert keys(reader.sink.acknowledged) == ["good:C1", "good:C2", "good:C3", "good:C4"]


def test_garbage_outside_frames_is_dropped_and_told(reader: Reader) -> None:
    with listening(reader) as (port, running):
        with connect(port) as sender:
            sender.sendall(b"GET / HTTP/1.1\r\n\r\n" + framed(hl7("C1")) + b"\r\n" + framed(hl7("C2")))
            assert [answer(sender)[2], answer(sender)[2]] == [b"C1", b"C2"]
        running.stop.set()
        running.thread.join()
    assert running.report is not None
    assert any("bytes of 127.0.0.1 outside of a frame" in note for note in running.report.notes)


@pytest.mark.parametrize(
    ("content", "code", "text", "rule"),
    [
        (b"hello", b"AE", b"no MSH segment", "unreadable"),
        (b"", b"AE", b"no MSH segment", "unreadable"),
        (hl7("C9", "tomorrow"), b"AE", b"refused by rule type of column occurred_at", "type"),
        (hl7("C9") + b"Z" * 3000, b"AR", b"message too large", "too_large"),
    ],
)
def test_what_cannot_be_taken_is_answered_so_and_lies_in_the_dead_letters(
    reader: Reader, content: bytes, code: bytes, text: bytes, rule: str
) -> None:
    with listening(reader, max_bytes=1000) as (port, _), connect(port) as sender:
        sender.sendall(framed(content))
        found = answer(sender)
        assert (found[1], found[3]) == (code, text)
        sender.sendall(framed(hl7("C1")))
        assert answer(sender)[1] == b"AA"
    assert rules(reader.sink.acknowledged) == [rule]
    assert keys(reader.sink.acknowledged) == ["good:C1"]


def test_a_message_without_end_costs_bounded_memory_and_time(reader: Reader) -> None:
    with listening(reader, max_bytes=1000, frame_seconds=0.3) as (port, _), connect(port) as sender:
        sender.sendall(START + b"MSH|" + b"x" * 5_000_000)
        assert sender.recv(1) == b""
    assert reader.sink.acknowledged == []


def test_a_silent_sender_is_disconnected(reader: Reader) -> None:
    with listening(reader, sender_idle_seconds=0.2) as (port, _), connect(port) as sender:
        assert sender.recv(1) == b""


def test_senders_are_bounded_and_each_keeps_its_order(reader: Reader) -> None:
    with listening(reader, senders=4) as (port, _):
        with connect(port) as first, connect(port) as second, connect(port) as third, connect(port) as fourth:
            for sender in (first, second, third, fourth):
                sender.sendall(framed(hl7("seen")))
                assert answer(sender)[1] == b"AA"
            with connect(port) as fifth:
                assert fifth.recv(1) == b""
        threads = [threading.Thread(target=_send, args=(port, name)) for name in "abcd"]
        wait_for(lambda: _is_served(port))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told = [key for key in keys(reader.sink.acknowledged) if "-" in key]
    for name in "abcd":
        assert [key for key in told if key.startswith(f"good:{name}-")] == [f"good:{name}-{n}" for n in range(250)]


def _is_served(port: int) -> bool:
    """Whether all places are free again."""
    open_now = [connect(port) for _ in range(4)]
    try:
        for sender in open_now:
            sender.sendall(framed(hl7("seen")))
            if sender.recv(1) == b"":
                return False
        return True
    except OSError:
        return False
    finally:
        for sender in open_now:
            sender.close()


def _send(port: int, name: str) -> None:
    for _ in range(200):
        try:
            with connect(port) as sender:
                for number in range(250):
                    sender.sendall(framed(hl7(f"{name}-{number}")))
                    assert answer(sender)[1] == b"AA"
                return
        except (OSError, AssertionError):
            continue


def test_a_port_that_is_taken_asks_for_configuration(reader: Reader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting, match=f"mllp://127.0.0.1:{port} cannot be listened on"):
            reader.read(Arrivals, url=f"mllp://127.0.0.1:{port}")


def test_reading_once_ends_when_no_sender_comes(reader: Reader) -> None:
    (port,) = free_ports(1)
    assert reader.read(Arrivals, url=f"mllp://127.0.0.1:{port}").read == 0
    assert not is_listening(port)


def test_tls_with_a_certificate(reader: Reader, certificate: tuple[Path, Path]) -> None:
    (port,) = free_ports(1)
    files = {"certificate_file": str(certificate[0]), "certificate_key_file": str(certificate[1])}
    with _tls(reader, port, files):
        context = ssl.create_default_context(cafile=certificate[0])
        with context.wrap_socket(connect(port), server_hostname="127.0.0.1") as sender:
            sender.sendall(framed(hl7("C1")))
            assert answer(sender)[1:] == [b"AA", b"C1"]
    with pytest.raises(BadSetting, match="certificate_file"):
        reader.read(Arrivals, url=f"mllps://127.0.0.1:{port}")


@contextmanager
def _tls(reader: Reader, port: int, files: dict[str, str]) -> Iterator[None]:
    with reader.listen(Arrivals, url=f"mllps://127.0.0.1:{port}", **files):
        wait_for(lambda: is_listening(port))
        yield


def test_the_answer_uses_the_senders_separators_and_version() -> None:
    content = b"MSH#*~\\&#EMR#H#VIGIE#CITY#2024##ADT*A04#77#T#2.3.1\rPID###secret name\r"
    sent = acknowledgement(content, "AE", "refused: a|b#c\rd")
    msh, msa, rest = sent[1:-2].split(b"\r")
    assert msh.split(b"#")[1:6] == [b"*~\\&", b"VIGIE", b"CITY", b"EMR", b"H"]
    assert msh.split(b"#")[10:] == [b"T", b"2.3.1"]
    assert msa == b"MSA#AE#77#refused: a|b c d"
    assert rest == b""
    assert b"secret" not in sent


@given(st.lists(st.binary(max_size=60), max_size=6), st.data())
def test_frames_are_found_however_the_bytes_are_cut(contents: list[bytes], data: Any) -> None:
    contents = [one.replace(START, b"").replace(b"\x1c", b"").replace(b"\r", b"") for one in contents]
    stream = b"".join(b"noise" + framed(one) for one in contents)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    frames, found = Frames(max_bytes=30), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += list(frames.feed(stream[start:end]))
    assert [frame.is_too_large for frame in found] == [len(one) > 30 for one in contents]
    assert [frame.content for frame in found if not frame.is_too_large] == [one for one in contents if len(one) <= 30]
