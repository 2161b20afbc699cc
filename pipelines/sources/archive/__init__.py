"""The archive: answers as received, in append-only WARC segments."""
