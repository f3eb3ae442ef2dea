"""Comments of readers below articles: no leads, they alert nobody and wait until they are read.

A comment's e-mail address never leaves this service.  What is approved is published as one signed
document (contract.comments), which content puts on the pages.
"""
