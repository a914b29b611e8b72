"""Knowledge bases from the net: a catalogue of what there is and where, and a download that can be trusted.

`catalogue` reads which files there are, `download` fetches one, `branch` a part of Wikidata, and `record` remembers
beside each file where it came from and tells whether it still is what was fetched.
"""

from __future__ import annotations

from taxonomy.fetch.branch import fetch_branch
from taxonomy.fetch.catalogue import Remote, choose, load
from taxonomy.fetch.download import Patience, fetch
from taxonomy.fetch.record import Check, Record, State, verify

__all__ = ["Check", "Patience", "Record", "Remote", "State", "choose", "fetch", "fetch_branch", "load", "verify"]
