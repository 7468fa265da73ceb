"""Hypothesis strategies for what the world puts into feeds."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def spliced(draw: st.DrawFn, content: bytes, fragments: st.SearchStrategy[bytes]) -> bytes:
    """The content with up to three stretches replaced by fragments; shrinks towards the content itself."""
    damaged = content
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(damaged)))
        end = draw(st.integers(start, min(len(damaged), start + 80)))
        damaged = damaged[:start] + draw(fragments) + damaged[end:]
    return damaged
