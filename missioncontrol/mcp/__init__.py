"""The Model Context Protocol: the board for programs that bring a model of their own.

`door` lets in and is all that a house without such callers ever loads; `offers` says which
tools there are and for whom; `server` speaks the protocol by the official SDK.
"""
