"""The words: facts become text, one module a journey."""
