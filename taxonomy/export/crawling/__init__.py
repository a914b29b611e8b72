"""Formats that crawlers read: what to search for, in which language, how often."""
