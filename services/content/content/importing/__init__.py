"""Documents from elsewhere become Markdown drafts; no word is lost, replaced or invented.

sources     opens a file and tells what it is: plain, html or wordpress read it
document    what they all make: a title, blocks, what was left out, each piece with its place
review      what a reader finds: the title, copies, tasks, proposals
draft       the Markdown, and the proof that it reads as the source does
facts       what is said of the clinic itself, for a proposed clinic.toml
"""
