"""The GitHub half of a crawl: discovery, metadata, scans. Each stage finds its work by a query."""
