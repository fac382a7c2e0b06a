"""The screens of the board, one module for each."""
