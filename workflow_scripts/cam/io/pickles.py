"""Pickles that were made by others. A pickle can run any code, so these are read without trust."""

import io
import pickle
import pickletools

# What a pickle may do, by the names of its opcodes: hold text, numbers and lists, and name what it would like to call;
_PLAIN = {
    "PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET",
    "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "INT", "LONG", "LONG1", "BININT", "BININT1", "BININT2",
    "NONE", "NEWTRUE", "NEWFALSE", "LIST", "EMPTY_LIST", "APPEND", "APPENDS", "GLOBAL", "STACK_GLOBAL",
}  # fmt: skip
# if there is nothing that it may call, dicts;
_DICTS = {"DICT", "EMPTY_DICT", "SETITEM", "SETITEMS"}
# else, what it calls that with, and calls.
_OBJECTS = {
    "TUPLE", "EMPTY_TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES",
    "SHORT_BINBYTES", "BINBYTES8", "BINFLOAT", "REDUCE", "BUILD",
}  # fmt: skip


class _Unpickler(pickle.Unpickler):
    def __init__(self, content, known):
        super().__init__(io.BytesIO(content))
        self._known = known

    def find_class(self, module, name):
        if (module, name) not in self._known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self._known[module, name]


def unpickle(content, known=None):
    """Read a pickle that may hold lists, dicts, text and numbers, and otherwise only what it is told to.

    What is in it is looked through before anything is made of it. There is nothing that a pickle could use up the
    memory or the stack with: no entry of the memo beyond the number of its bytes, and no dict where there are tuples,
    whose hash would be computed as deep as they are nested.

    Parameters
    ----------
    content : bytes
    known : mapping of (str, str) to callable, optional
        What to call for a module's class or function. A pickle that asks for any other is refused.

    Returns
    -------
    object

    Raises
    ------
    pickle.UnpicklingError
        If it holds anything else, or something follows it.
    Exception
        Of any other kind, if it is damaged.
    """
    allowed = _PLAIN | (_OBJECTS if known else _DICTS)
    stream = io.BytesIO(content)
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name not in allowed:
            raise pickle.UnpicklingError(f"it asks for {opcode.name}")
        if "PUT" in opcode.name and argument > len(content):
            raise pickle.UnpicklingError(f"it asks for memory for {argument} objects")
    if stream.read(1):
        raise pickle.UnpicklingError("something follows the pickled object")
    return _Unpickler(content, known or {}).load()
