"""The crawl: sweeps over a hub's listing, files, datasets, and the checks that follow a sweep."""
