"""The commands of the command line, a module for each group of verbs; cli.py holds the way of an advisory."""
