"""From facts to rows: what an answer says is written to the store in one transaction.

Crawl and ``parse --from-archive`` go through the same functions, so that a store rebuilt from
its archive equals the one that was crawled.
"""
