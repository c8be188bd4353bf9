"""Reading back what is in a workbook: the XML itself, so that nothing is guessed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """A cell: ``kind`` is text, number or formula; ``shape`` is the number format."""

    kind: str
    value: str
    shape: str = ""

    @property
    def moment(self) -> str:
        """What a date says, to the second, on whatever clock it was written by."""
        found = _EPOCH + timedelta(days=float(self.value), microseconds=500_000)
        return found.replace(tzinfo=None, microsecond=0).isoformat()


class Workbook:
    """The first sheet of a workbook."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            self.names = archive.namelist()
            self._sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
            self._shapes = _shapes(ElementTree.fromstring(archive.read("xl/styles.xml")))

    @property
    def rows(self) -> list[list[Seen]]:
        """Every row, with its cells as far as they are written."""
        return [[self._seen(cell) for cell in row] for row in self._sheet.iter(f"{_MAIN}row")]

    @property
    def records(self) -> list[dict[str, Seen]]:
        """The rows below the heading, each cell under its name."""
        first, *rows = self._sheet.iter(f"{_MAIN}row")
        names = {_letters(cell): self._seen(cell).value for cell in first}
        return [{names[_letters(cell)]: self._seen(cell) for cell in row} for row in rows]

    def has(self, tag: str) -> ElementTree.Element:
        """The first element of that name."""
        found = next(self._sheet.iter(f"{_MAIN}{tag}"), None)
        assert found is not None, tag
        return found

    def _seen(self, cell: ElementTree.Element) -> Seen:
        if cell.find(f"{_MAIN}f") is not None:
            return Seen("formula", "")
        if cell.get("t") == "inlineStr":
            return Seen("text", "".join(part.text or "" for part in cell.iter(f"{_MAIN}t")))
        value = cell.find(f"{_MAIN}v")
        shape = self._shapes[int(cell.get("s", 0))]
        return Seen("number", "" if value is None else value.text or "", shape)


def _letters(cell: ElementTree.Element) -> str:
    """``AB`` of ``AB12``."""
    return cell.get("r", "").rstrip("0123456789")


def _shapes(styles: ElementTree.Element) -> list[str]:
    codes = {f.get("numFmtId"): f.get("formatCode", "") for f in styles.iter(f"{_MAIN}numFmt")}
    cells = styles.find(f"{_MAIN}cellXfs")
    assert cells is not None
    return [codes.get(xf.get("numFmtId"), "") for xf in cells]
