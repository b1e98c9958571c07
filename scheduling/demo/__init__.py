"""The demo clinic: a small practice whose last eight weeks are lived through, act by act, up to now.

Everything in it is made by the use cases that the desk and the API call, with `now` moving from day
to day; nothing is written behind their backs. All names are invented, all addresses lead nowhere.
"""
