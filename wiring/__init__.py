"""Reads the settings, picks the concrete classes and ties them together."""
