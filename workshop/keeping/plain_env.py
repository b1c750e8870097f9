"""The learner's `.env` in the one form that every reader accepts: UTF-8 with Unix line ends.

Windows editors and shells write other forms. A terminal that reads such a file with `. ./.env` puts a
carriage return behind every value, and a file in UTF-16 has no values for any reader.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from dotenv.parser import parse_stream

from workshop.errors import LabError
from workshop.keeping.copies import keep

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def plain(data: bytes) -> str:
    """Return the text of a `.env` in any form that an editor may have given it."""
    if data.startswith(UTF_16):
        text = data.decode("utf-16", errors="replace")
    else:
        # `echo … >> .env` in Windows PowerShell appends UTF-16, without a mark, to whatever is there.
        data = data.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_plain(path: Path) -> bool:
    """Return whether every reader accepts the file as it is."""
    data = path.read_bytes()
    return plain(data).encode() == data


def unread(path: Path) -> list[int]:
    """Return the numbers of the lines that no reader understands, such as one with half a pair of quotes."""
    with path.open(encoding="utf-8", errors="replace") as text:
        return [each.original.line for each in parse_stream(text) if each.error]


def make_plain(path: Path) -> None:
    """Rewrite a `.env` that has another form, keep the old one, and say so.

    Raises LabError if that can't be done.
    """
    if not path.exists() or is_plain(path):
        return
    try:
        kept = keep(path, "env", path.parent)
        kept.chmod(0o600)  # a key may be in it
        # in place: it keeps its permissions, and may be a link
        path.write_bytes(plain(kept.read_bytes()).encode())
    except OSError as error:
        raise LabError(
            f"{path} is not UTF-8 with the line ends of Unix, and can't be rewritten: {error}\n"
            "Save it in that form with your editor, then type the same command again."
        ) from error
    print(
        f"{path} was saved in a form of Windows, and is now UTF-8 with the line ends of Unix. As it was: "
        f"{kept}"
    )
