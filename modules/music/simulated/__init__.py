"""A composer of its own, without a model and without the network.

From words, a seed and a length to a piece: read them (`reading`), write a score (`composing`),
play it (`playing` on `sounds`), and keep it as files (`files`). Nothing in here knows Django:
it runs in a child process, and the same question always has the same bytes for an answer.
"""
