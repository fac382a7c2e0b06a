"""The words in a file: as they stand in a text, read by the child out of PDF and Word."""

from modules.assets.kinds import WORD
from modules.pictures.working import work

READERS = {"application/pdf": "texts.of_pdf", WORD: "texts.of_word"}


def text_of_file(content: bytes, content_type: str, *, most: int) -> str:
    """The text of a document or of data, at most `most` characters; what is cut off is said.

    Raises BadInput for what holds no text, is locked or damaged, and Unavailable when reading
    it takes too long.
    """
    if reader := READERS.get(content_type):
        said, (found,) = work(reader, [content], what="document", most=most)
        text, cut, pages = found.decode(), bool(said["cut"]), int(said["left_out"])
    else:
        text = content[: most * 4 + 4].decode("utf-8", "ignore")
        cut, pages = len(text) > most, 0
    # A PDF may say letters that no text of ours can hold.
    text = text[:most].replace("\x00", "").strip()
    rest = f"{pages:,} more pages" if pages else "cut off here"
    return f"{text}\n… {rest}" if cut else text
