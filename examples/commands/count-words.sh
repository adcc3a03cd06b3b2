#!/bin/sh
# Counts how often a word stands in the body: count-words.sh WORD < TEXT
set -u
found=$(grep -o -i -w -F -e "$1" | wc -l)
echo "looked for \"$1\" in task $TASKQUEUE_MESSAGE_ID, attempt $TASKQUEUE_ATTEMPT" >&2
echo "$found"
