"""The reader of views that hold no text that the script's own view does not hold."""

READER = "plain-script"
