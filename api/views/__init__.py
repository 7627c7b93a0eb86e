"""The operations, by subject. Each reads its document, calls one service or selector, and writes the answer."""
