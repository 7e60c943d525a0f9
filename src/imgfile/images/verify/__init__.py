"""The independent second walk over what was stripped: it shares no parser with the formats that wrote it."""
