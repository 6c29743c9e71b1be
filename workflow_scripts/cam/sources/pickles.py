"""Pickles that were made by others. A pickle can run any code, so these are read without trust."""

import pickle


class Unpickler(pickle.Unpickler):
    """An unpickler that builds plain containers, strings and numbers, and otherwise only what it is told to.

    Parameters
    ----------
    stream : binary file
    known : mapping of (str, str) to callable, optional
        What to call for a module's class or function. A pickle that asks for any other is refused.
    """

    def __init__(self, stream, known=None):
        super().__init__(stream)
        self._known = known or {}

    def find_class(self, module, name):
        if (module, name) not in self._known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self._known[module, name]

    def persistent_load(self, pid):
        raise pickle.UnpicklingError("it asks for a persistent object")
