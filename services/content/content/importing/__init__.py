"""Plain text documents become Markdown drafts; no word is lost, replaced or invented."""
