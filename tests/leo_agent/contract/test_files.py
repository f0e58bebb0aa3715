"""Files of any kind in place of one that is meant to be read: one line, no waiting, no more memory than allowed."""

import gzip
import json
import os
import socket

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import check_file, read_file
from leo_agent.contract.json_file import parse_json, read_json, read_json_object


def odd_files(folder):
    """Every kind of thing that may stand where a file is expected, and what is said of it."""
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "link").symlink_to(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
    with open(folder / "sparse", "wb") as file:
        file.truncate(2**40)
    return {
        "none": "no such file",
        "pipe": "found a named pipe",
        "link": "found a named pipe",
        "folder": "found a folder",
        "loop": "Too many levels of symbolic links",
        "socket": "No such device or address",
        "with\0null": "embedded null byte",
        "n" * 300: "File name too long",
    }


@pytest.mark.parametrize("read", [read_file, check_file, read_json])
def test_what_is_no_file_is_told_and_not_waited_for(tmp_path, read):
    for name, said in odd_files(tmp_path).items():
        with pytest.raises(InputError, match=f"{said}, expected a list of names$") as caught:
            read(tmp_path / name, "a list of names")
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="found a device, expected a list of names"):
        read("/dev/zero", "a list of names")


def test_a_file_that_is_longer_than_allowed_is_not_read(tmp_path):
    odd_files(tmp_path)
    with pytest.raises(InputError, match="found 1099511627776 bytes, expected a list, at most 10 bytes"):
        read_file(tmp_path / "sparse", "a list", 10)
    with pytest.raises(InputError, match="found 1099511627776 bytes, expected a JSON file, at most"):
        read_json(tmp_path / "sparse")
    (tmp_path / "ten").write_bytes(b"0123456789")
    assert read_file(tmp_path / "ten", "a list", 10) == b"0123456789"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_in_every_encoding_of_its_standard_and_packed(tmp_path, encoding):
    value = {"ä": [1, None, "\U0001f600"], "n": 1.5}
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        (tmp_path / "a.json").write_bytes(text.encode(encoding))
        (tmp_path / "a.json.gz").write_bytes(gzip.compress(text.encode(encoding)))
        assert read_json(tmp_path / "a.json") == read_json_object(tmp_path / "a.json.gz") == value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Expecting value"),
        (b"[1,", "Expecting value"),
        (b"\xff\xfe\xff", "codec can't decode"),
        (b"[" * 10_000_000, "maximum recursion depth"),
        (b'{"a":' * 1_000_000, "maximum recursion depth"),
        (b"[1" + b"0" * 5000 + b"]", "Exceeds the limit"),
        (b'{"name": "\\ud800"}', "surrogates not allowed"),
        (b'{"name": "\\uDC00"}', "surrogates not allowed"),
        (b'{"name": "\xed\xa0\x80"}', "codec can't decode"),
    ],
)
def test_what_is_not_json_is_told_in_one_line(content, said):
    with pytest.raises(InputError, match=rf"^a\.json: not JSON \(.*{said}.*\), expected a table$") as caught:
        parse_json(content, "a.json", "a table")
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_both_halves_of_a_character_are_a_character():
    assert parse_json(b'"\\ud83d\\ude00"', "x") == "\U0001f600"
    assert parse_json(b'"\\\\ud800"', "x") == "\\ud800"


def test_packed_files_are_unpacked_up_to_the_limit_alone(tmp_path):
    bomb = tmp_path / "bomb.json.gz"
    packed = gzip.compress(b"[" + b" " * 10**7 + b"]")
    bomb.write_bytes(packed)
    with pytest.raises(InputError, match="unpacks to more than 1000000 bytes, expected a list"):
        read_json(bomb, "a list", 10**6)
    assert read_json(bomb) == []
    bomb.write_bytes(b"[1]")  # unpacked, and the name was kept
    assert read_json(bomb) == [1]
    for content in (b"words", packed[:-9], b"\x1f\x8b\x08\x00" + b"\x00" * 20):
        bomb.write_bytes(content)
        with pytest.raises(InputError, match=r"bomb\.json\.gz: not a complete gzip file \(.*\), expected a list$"):
            read_json(bomb, "a list")


def test_an_object_is_asked_for(tmp_path):
    (tmp_path / "a.json").write_text("[1, 2]")
    with pytest.raises(InputError, match=r"a\.json: found \[1, 2\], expected the settings$"):
        read_json_object(tmp_path / "a.json", "the settings")
