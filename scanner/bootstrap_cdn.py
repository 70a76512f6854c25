"""Which adapter serves which port of CDN content: finding, fetching, taking down, looking again."""
