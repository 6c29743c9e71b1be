"""Small JSON files: what is written is read, and a damaged one is a sentence."""

import pytest
from cam.errors import InputError
from cam.io.records import read_record, write_record


def test_what_is_written_is_read(tmp_path):
    record = {"name": "Fos–Jun", "scores": [0.5, None], "of": {"unit1": True}}
    write_record(tmp_path / "new" / "record.json", record)
    assert read_record(tmp_path / "new" / "record.json") == record
    assert '"Fos\\u2013Jun"' in (tmp_path / "new" / "record.json").read_text(encoding="utf-8")
    write_record(tmp_path / "record.json", {"name": "Fos–Jun"}, indent=1, ensure_ascii=False)
    assert (tmp_path / "record.json").read_text(encoding="utf-8") == '{\n "name": "Fos–Jun"\n}'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": ', "record.json: not JSON .*delete it"),
        (b"", "not JSON"),
        (b'{"a": "\xff"}', "bytes that are not UTF-8"),
    ],
)
def test_a_damaged_record_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_record(tmp_path / "record.json")


def test_an_absent_record_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="record.json: no such file"):
        read_record(tmp_path / "record.json")
