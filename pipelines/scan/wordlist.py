"""Lists of words as a reader sees them: separated by blanks."""


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())
