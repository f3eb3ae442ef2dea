"""A comment in a running copy: sent, read by a person, on the page within 10 s of the decision."""

import os
import re
import subprocess
import sys

from tests.system.running import Copy, wait_until

BLOG = "commonplace.localhost"
EMAIL = "ana.secret@example.com"
WORDS = "Walking to the mailbox <b>helped</b> me."


def comments(copy: Copy, *arguments: str) -> str:
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(copy.data_dir)}
    command = [sys.executable, "-m", "leads", "comments", *arguments]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_comment_is_on_the_page_within_10_s_of_its_approval(copy: Copy) -> None:
    found = re.search(r'href="(/articles/[a-z0-9-]+/)"', copy.get(BLOG, "/articles/").text)
    assert found
    article = found[1]
    sent = {"kind": "comment", "name": "Ana", "email": EMAIL, "message": WORDS, "from": article}
    answer = copy.post(BLOG, sent)
    assert answer.status_code == 303, answer.text[:300]
    thanks = copy.get(BLOG, answer.headers["Location"])
    assert "A person reads every comment before it appears" in thanks.text
    assert "mailbox" not in copy.get(BLOG, article).text
    listed = comments(copy, "list", "--clinic", "commonplace")
    assert EMAIL not in listed
    waiting = re.search(r"^([0-9a-f-]{36})  commonplace", listed, re.MULTILINE)
    assert waiting
    comments(copy, "approve", waiting[1], "--clinic", "commonplace")
    assert wait_until(lambda: "to the mailbox" in copy.get(BLOG, article).text, seconds=10)
    page = copy.get(BLOG, article).text
    assert "&lt;b&gt;helped" in page
    assert EMAIL not in page
    assert not [message for message in copy.messages() if "mailbox" in str(message)]


def test_switched_off_there_is_no_comment_form(copy: Copy) -> None:
    sent = {"kind": "comment", "name": "Ana", "email": EMAIL, "message": WORDS, "from": "/a/"}
    assert copy.post("foothill.localhost", sent).status_code == 404
