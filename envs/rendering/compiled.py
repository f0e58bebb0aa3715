"""The decorators of the compiled functions of this package.

Not the whole of fastmath: reassociation could break the exact comparisons of neighbouring triangles.
"""

from envs.compiled import Compiler

_compiler = Compiler(__file__, fastmath={"contract", "nsz", "nnan"})
kernel = _compiler.kernel
inlined = _compiler.inlined
