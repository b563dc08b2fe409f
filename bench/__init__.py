"""What is claimed about speed, as commands: `make bench`, or `python -m bench NAME`."""
