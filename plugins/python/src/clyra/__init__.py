"""Client of Clyra's control API."""
